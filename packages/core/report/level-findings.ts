import { floorOf } from "../metric/percentile.ts";
import type { Finding, Level, Report } from "./schema.ts";
import { loadText, num } from "./text.ts";

/** Where a level stands in the file, for JSON Pointers. */
export interface Placed {
  level: Level;
  pointer: string;
}

/** What must be read with care, level by level. */
export function levelFindings(measured: Placed[], report: Omit<Report, "findings">): Finding[] {
  return [
    ...cutShort(measured),
    ...withoutWindow(measured),
    ...underDelivered(measured),
    ...failures(measured),
    ...stalls(measured),
    ...withheld(measured),
    ...contaminated(measured),
    ...answersOfAnyLength(report),
    ...withoutGpu(measured, report),
  ];
}

const names = (placed: Placed[]): string => placed.map(({ level }) => loadText(level.load)).join(", ");
const refsOf = (placed: Placed[], key: string): string[] => placed.map(({ pointer }) => `${pointer}/${key}`);

function cutShort(measured: Placed[]): Finding[] {
  const cut = measured.filter(({ level }) => level.state !== "completed");
  if (cut.length === 0) return [];
  const sentence = `Not run to the end: ${cut.map(({ level }) => `${loadText(level.load)} (${level.state})`).join(", ")}.`;
  return [{ code: "cut_short", severity: "warn", sentence, refs: refsOf(cut, "state") }];
}

function withoutWindow(measured: Placed[]): Finding[] {
  const short = measured.filter(({ level }) => level.reasons.includes("too_short"));
  if (short.length === 0) return [];
  const sentence = `Too short for steady figures (below three median latencies after the ramp): ${names(short)}. Only full-run figures are given; run these longer.`;
  return [{ code: "too_short", severity: "warn", sentence, refs: refsOf(short, "runs") }];
}

function underDelivered(measured: Placed[]): Finding[] {
  const under = measured.filter(({ level }) => level.reasons.includes("under_delivered"));
  if (under.length === 0) return [];
  const each = under.map(({ level }) => `${num(level.inFlight.value ?? 0)} in flight of ${loadText(level.load)}`);
  const sentence = `The load asked was not the load delivered: ${each.join(", ")}. Curves use what was in flight.`;
  return [{ code: "under_delivered", severity: "warn", sentence, refs: refsOf(under, "inFlight") }];
}

function failures(measured: Placed[]): Finding[] {
  const failing = measured.filter(({ level }) => level.requests.failed > 0);
  if (failing.length === 0) return [];
  const each = failing.map(({ level }) => {
    const kinds = Object.entries(level.requests.errors).map(([kind, count]) => `${count} ${kind}`);
    return `${level.requests.failed} of ${level.requests.sent} at ${loadText(level.load)} (${kinds.join(", ")})`;
  });
  return [{ code: "failures", severity: "warn", sentence: `Requests failed: ${each.join("; ")}.`, refs: refsOf(failing, "requests") }];
}

function stalls(measured: Placed[]): Finding[] {
  const stalled = measured.filter(({ level }) => level.stalls.count > 0);
  if (stalled.length === 0) return [];
  const longest = Math.max(...stalled.map(({ level }) => level.stalls.longestMs ?? 0));
  const count = stalled.reduce((sum, { level }) => sum + level.stalls.count, 0);
  const sentence = `Streams stalled ${count} ${count === 1 ? "time" : "times"} (a gap above 250 ms and five median gaps), the longest for ${num(longest)} ms: ${names(stalled)}.`;
  return [{ code: "stalls", severity: "warn", sentence, refs: refsOf(stalled, "stalls") }];
}

const HEADLINE_FLOOR = floorOf(0.95);

function withheld(measured: Placed[]): Finding[] {
  const steady = measured.filter(({ level }) => level.requests.inWindow > 0);
  const noP99 = steady.filter(({ level }) => level.ttftMs.p99.reasons.includes("too_few"));
  const few = noP99.filter(({ level }) => level.ttftMs.p95.reasons.includes("too_few"));
  const findings: Finding[] = [];
  if (noP99.length > 0) {
    const each = noP99.map(({ level }) => `${level.ttftMs.p99.n} at ${loadText(level.load)}`);
    const sentence = `P99 is withheld where fewer than ${floorOf(0.99)} requests back it (${each.join(", ")}): no 95 % interval would exist. "At least" values are given instead.`;
    findings.push({ code: "p99_withheld", severity: "info", sentence, refs: refsOf(noP99, "ttftMs/p99") });
  }
  if (few.length > 0) {
    const sentence = `Few requests: not even a P95 (${HEADLINE_FLOOR} needed) can be told at ${names(few)}. Run these longer.`;
    findings.push({ code: "few_requests", severity: "warn", sentence, refs: refsOf(few, "ttftMs/p95") });
  }
  return findings;
}

function contaminated(measured: Placed[]): Finding[] {
  const cached = measured.filter(({ level }) => level.reasons.includes("contaminated"));
  if (cached.length === 0) return [];
  const each = cached.map(({ level }) => `${num(level.tokens.cachedInputPercent ?? 0)} % at ${loadText(level.load)}`);
  const sentence = `The endpoint took prompt tokens from its cache although every prompt was unique: ${each.join(", ")}.`;
  return [{ code: "contaminated", severity: "warn", sentence, refs: refsOf(cached, "tokens/cachedInputPercent") }];
}

function answersOfAnyLength({ endpoint, levels }: Omit<Report, "findings">): Finding[] {
  const findings: Finding[] = [];
  if (endpoint.ignoreEos === false) {
    const sentence = "The endpoint does not take `ignore_eos`, so answers end where the model likes and levels may differ in length.";
    findings.push({ code: "free_length", severity: "info", sentence, refs: ["/endpoint/ignoreEos"] });
  }
  if (endpoint.usage === false && levels.some((level) => level.tokens.source === "chunks")) {
    const sentence = "The endpoint reports no token usage: a chunk was counted as a token, so every token figure is an estimate.";
    findings.push({ code: "no_usage", severity: "warn", sentence, refs: ["/endpoint/usage"] });
  }
  return findings;
}

function withoutGpu(measured: Placed[], { gpus, model }: Omit<Report, "findings">): Finding[] {
  if (measured.length === 0) return [];
  const missing = [
    ...(measured.some(({ level }) => level.gpu !== null) ? [] : ["power and energy need an agent on the GPU's host"]),
    ...(gpus.some((gpu) => gpu.peakTflops !== null) ? [] : ["MFU needs a known GPU"]),
    ...(model === null ? ["MFU needs the model's config or its number of parameters"] : []),
  ];
  if (missing.length === 0) return [];
  return [{ code: "not_measured", severity: "info", sentence: `Not measured: ${missing.join("; ")}.`, refs: ["/gpus", "/model"] }];
}

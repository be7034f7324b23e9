import { isStreamed } from "../kind.ts";
import { DIALECTS } from "../../dialect/dialects.ts";
import type { Spread } from "../../figure.ts";
import { demandOf } from "../../load.ts";
import { isOff } from "../../metric/asked.ts";
import { BUNCHED_PERCENT } from "../../metric/chunk/bunched.ts";
import type { Name } from "../catalogue.ts";
import { connectionFindings } from "./connection-findings.ts";
import { tooCorrelated } from "./correlated.ts";
import { inSentence, named } from "../names.ts";
import { carrying, onTheWay } from "./on-the-way.ts";
import { listed, names, type Placed, refsOf } from "./placed.ts";
import type { Finding, Level, Report } from "../schema.ts";
import { precise } from "./precision.ts";
import { serverFindings } from "./server-findings.ts";
import { loadText, num } from "../text.ts";
import { MERGED_CARE } from "../validity.ts";
import { withheld } from "./withheld.ts";

/** What must be read with care, level by level. */
export function levelFindings(measured: Placed[], report: Omit<Report, "findings">): Finding[] {
  const telling = carrying(measured, report);
  return [
    ...precise(measured, report),
    ...warmedUp(measured),
    ...notSteady(measured),
    ...shardsLost(measured),
    ...bunched(measured),
    ...overSaturated(measured),
    ...openLimit(measured),
    ...withoutWindow(telling),
    ...clientLimited(measured),
    ...underDelivered(measured),
    ...connectionFindings(measured, report),
    ...stalls(measured),
    ...withheld(telling, report),
    ...tooCorrelated(telling, report),
    ...onTheWay(measured, report),
    ...contaminated(measured, report),
    ...unsalted(report),
    ...cacheUnknown(measured),
    ...promptsOff(measured),
    ...promptsEstimated(measured),
    ...answersOff(measured, report),
    ...answersOfAnyLength(report),
    ...withoutGpu(measured, report),
    ...serverFindings(measured, report),
  ];
}

/** Windows whose first part was cut. */
function warmedUp(measured: Placed[]): Finding[] {
  const each = measured.flatMap((placed) => {
    const warmUpS = Math.max(0, ...placed.level.runs.map((run) => run.warmUpS ?? 0));
    return warmUpS === 0 ? [] : [{ ...placed, warmUpS }];
  });
  if (each.length === 0) return [];
  const texts = each.map(({ level, warmUpS }) => `the first ${num(warmUpS)} s at ${loadText(level.load)}`);
  const sentence = `The endpoint still warmed up when levels began: ${texts.join("; ")} gave another output than the rest. They were cut, and the figures are of the rest. More requests in the warm-up (warmup.requests) leave less to cut.`;
  return [{ code: "warm_up_cut", severity: "info", sentence, refs: refsOf(each, "runs") }];
}

function notSteady(measured: Placed[]): Finding[] {
  const moving = measured.filter(({ level }) => level.reasons.includes("not_steady"));
  if (moving.length === 0) return [];
  const sentence = `The endpoint did not hold still at ${names(moving)}: TTFT, throughput or what was in flight moved by more than 10 % while it was measured, and by more than chance explains. So the figures are means over that move. A queue that grows does this, and so do heat, a cache that fills and other work beside it. The timeline shows it; if it settles, run longer.`;
  return [{ code: "not_steady", severity: "warn", sentence, refs: refsOf(moving, "reasons") }];
}

function shardsLost(measured: Placed[]): Finding[] {
  const torn = measured.filter(({ level }) => level.reasons.includes("shards_lost"));
  if (torn.length === 0) return [];
  const isInvalid = torn.some(({ level }) => level.validity === "invalid");
  const sentence = `A part of the load generator was lost at ${names(torn)}, with the load that it carried and all that it had recorded: the endpoint had less to do than was asked, and rates count only what is left. ${isInvalid ? "Do not use these figures" : "Read these figures with care"}, and run the job again. If it happens again, give the load generator more memory.`;
  return [{ code: "shards_lost", severity: "warn", sentence, refs: refsOf(torn, "reasons") }];
}

function bunched(measured: Placed[]): Finding[] {
  const inBunches = measured.filter(({ level }) => level.reasons.includes("coalesced"));
  if (inBunches.length === 0) return [];
  const each = inBunches.map(({ level: { coalescedPercent, load } }) =>
    (coalescedPercent ?? 0) > BUNCHED_PERCENT
      ? `${num(coalescedPercent ?? 0)} % of chunks came with the one before at ${loadText(load)}`
      : `whole answers came at once at ${loadText(load)}`,
  );
  const sentence = `Output came in bunches: ${listed(each)}. So the time per token and the gaps do not show what the endpoint does. A proxy that holds the stream back does this: set \`proxy_buffering off\` in nginx, \`option http-no-delay\` in HAProxy, \`flush_interval -1\` in Caddy, and no compression or buffering in Envoy or a CDN. So does a server that does not write each token at once.`;
  return [{ code: "coalesced", severity: "warn", sentence, refs: refsOf(inBunches, "coalescedPercent") }];
}

function overSaturated(measured: Placed[]): Finding[] {
  const over = measured.filter(({ level }) => level.reasons.includes("over_saturated"));
  if (over.length === 0) return [];
  const sentence = `The endpoint could not keep up with ${names(over)}: requests in flight and TTFT only grew, so the level was ended early.`;
  return [
    {
      code: "over_saturated",
      severity: "warn",
      sentence,
      refs: [...refsOf(over, "runs"), ...refsOf(over, "inFlight")],
    },
  ];
}

function openLimit(measured: Placed[]): Finding[] {
  const over = measured.filter(({ level }) => level.reasons.includes("open_limit"));
  if (over.length === 0) return [];
  const sentence = `So many requests were open at ${names(over)} that the load generator ended the level: the endpoint serves far less than that.`;
  return [{ code: "open_limit", severity: "warn", sentence, refs: refsOf(over, "requests") }];
}

function withoutWindow(measured: Placed[]): Finding[] {
  const short = measured.filter(({ level }) => level.reasons.includes("too_short"));
  if (short.length === 0) return [];
  const sentence = `These levels were too short for steady figures (below three median latencies after the ramp): ${names(short)}. They have full-run figures only; run them longer.`;
  return [{ code: "too_short", severity: "warn", sentence, refs: refsOf(short, "runs") }];
}

function underDelivered(measured: Placed[]): Finding[] {
  const under = measured.filter(({ level }) => level.reasons.includes("under_delivered"));
  if (under.length === 0) return [];
  const each = under.map(({ level }) =>
    demandOf(level.load).isOpenLoop
      ? `requests due at ${loadText(level.load)} were sent late or not at all`
      : `${num(level.inFlight.value ?? 0)} in flight of ${loadText(level.load)}`,
  );
  const curves = under.some(({ level }) => !demandOf(level.load).isOpenLoop)
    ? " Curves use what was in flight."
    : "";
  const sentence = `Less load was delivered than was asked for: ${listed(each)}.${curves}`;
  return [{ code: "under_delivered", severity: "warn", sentence, refs: refsOf(under, "inFlight") }];
}

/** What can be bent where the load generator reads late, in the order in which it is told. */
const BENT = [
  "ttftMs",
  "ttfoMs",
  "chunkGapMs",
  "tpotMs",
  "userSpeedTokensPerS",
  "e2eMs",
  "perRequestTokensPerS",
] as const satisfies Name[];

const isBent = (spread: Spread): boolean =>
  [spread.mean, spread.p50, spread.p90, spread.p95, spread.p99, spread.p999].some(({ reasons }) =>
    reasons.includes("client_limited"),
  );

/** The names of the figures that the load generator may have bent at these levels. */
function bentNames(placed: Placed[]): string {
  const bent = BENT.filter((name) => placed.some(({ level }) => isBent(level[name])));
  return bent.map((name) => inSentence(named(name).label)).join(", ");
}

function clientLimited(measured: Placed[]): Finding[] {
  const limited = measured.filter(({ level }) => level.reasons.includes("client_limited"));
  if (limited.length === 0) return [];
  const merged = limited.filter(({ level }) => (level.mergedPercent ?? 0) > 100 * MERGED_CARE);
  const late = limited.filter((placed) => !merged.includes(placed));
  const sentence = [
    ...(merged.length === 0 ? [] : [mergedSentence(merged)]),
    ...(late.length === 0 ? [] : [lateSentence(late)]),
    "Throughput, capacity, energy and cost are not touched. Give the load generator a core of its own, or a faster machine.",
  ].join(" ");
  return [
    {
      code: "client_limited",
      severity: "warn",
      sentence,
      refs: [
        ...refsOf(merged, "mergedPercent"),
        ...refsOf(late, "ttftMs/p50"),
        ...refsOf(late, "chunkGapMs/p50"),
      ],
    },
  ];
}

function mergedSentence(merged: Placed[]): string {
  const shares = merged.map(({ level }) => `${num(level.mergedPercent ?? 0)} % at ${loadText(level.load)}`);
  const bent = bentNames(merged);
  const widened =
    bent === ""
      ? "No figure changes by it."
      : `It concerns ${bent}: intervals are that much wider, and a value that could be more than twice as large is withheld.`;
  return `The load generator read so late that the kernel merged chunks (${listed(shares)}), and when those came is known only to within a bound. ${widened}`;
}

function lateSentence(late: Placed[]): string {
  const bent = bentNames(late);
  return `The load generator stamps chunks by its own clock and may be late by more than 5 % of the median TTFT or chunk gap at ${names(late)}.${bent === "" ? "" : ` That can bend ${bent}.`}`;
}

function stalls(measured: Placed[]): Finding[] {
  const stalled = measured.filter(({ level }) => level.stalls.count > 0);
  if (stalled.length === 0) return [];
  const longest = Math.max(...stalled.map(({ level }) => level.stalls.longestMs ?? 0));
  const count = stalled.reduce((sum, { level }) => sum + level.stalls.count, 0);
  const sentence = `Streams stalled ${count} ${count === 1 ? "time" : "times"} (a gap above 250 ms and five median gaps), the longest for ${num(longest)} ms: ${names(stalled)}.`;
  return [{ code: "stalls", severity: "warn", sentence, refs: refsOf(stalled, "stalls") }];
}

function contaminated(measured: Placed[], { job }: Omit<Report, "findings">): Finding[] {
  const cached = measured.filter(({ level }) => level.reasons.includes("contaminated"));
  if (cached.length === 0) return [];
  const each = cached.map(
    ({ level }) => `${num(level.tokens.cachedInputPercent ?? 0)} % at ${loadText(level.load)}`,
  );
  const why = job.workload.salt ? "although every prompt was unique" : "because prompts carried no salt";
  const sentence = `The endpoint took prompt tokens from its cache, ${why}: ${listed(each)}. It did not compute them, so it looks faster than it is.`;
  return [
    { code: "contaminated", severity: "warn", sentence, refs: refsOf(cached, "tokens/cachedInputPercent") },
  ];
}

function unsalted({ job }: Omit<Report, "findings">): Finding[] {
  if (job.workload.salt) return [];
  const sentence =
    "Prompts carried no salt: where some begin alike, or were sent before, the endpoint's prefix cache may have answered in its place.";
  return [{ code: "unsalted", severity: "warn", sentence, refs: ["/job/workload/salt"] }];
}

function cacheUnknown(measured: Placed[]): Finding[] {
  const silent = measured.filter(
    ({ level }) => level.requests.ok > 0 && level.tokens.cachedInputPercent === null,
  );
  if (silent.length === 0) return [];
  const sentence = `The endpoint does not say how many prompt tokens came from its cache, so whether one helped is not known: ${names(silent)}. vLLM says it when it is started with --enable-prompt-tokens-details, SGLang with --enable-cache-report.`;
  return [
    { code: "cache_unknown", severity: "info", sentence, refs: refsOf(silent, "tokens/cachedInputPercent") },
  ];
}

/**
 * The tokens of a request, counted and asked, at the levels where the two are too far apart to be called the
 * same.
 */
function apart(
  measured: Placed[],
  pick: (tokens: Level["tokens"]) => { counted: number | null; asked: number | null },
) {
  return measured.flatMap((placed) => {
    const { ok } = placed.level.requests;
    const { counted, asked } = pick(placed.level.tokens);
    if (counted === null || asked === null || ok === 0 || !isOff(counted, asked)) return [];
    return [
      { ...placed, text: `${num(counted / ok)} of ${num(asked / ok)} at ${loadText(placed.level.load)}` },
    ];
  });
}

function promptsOff(measured: Placed[]): Finding[] {
  const off = apart(measured, ({ input, askedInput }) => ({ counted: input, asked: askedInput }));
  if (off.length === 0) return [];
  const sentence = `Prompts were not as long as asked, in tokens a request by the endpoint's count: ${listed(off.map(({ text }) => text))}.`;
  return [
    {
      code: "prompt_length",
      severity: "warn",
      sentence,
      refs: [...refsOf(off, "tokens/input"), ...refsOf(off, "tokens/askedInput")],
    },
  ];
}

function promptsEstimated(measured: Placed[]): Finding[] {
  const uncounted = measured.filter(
    ({ level: { requests, tokens } }) =>
      requests.ok > 0 && tokens.input === null && tokens.askedInput !== null,
  );
  if (uncounted.length === 0) return [];
  const sentence = `How long prompts were is an estimate (about one token a word), because the endpoint does not count their tokens: ${names(uncounted)}.`;
  return [
    { code: "prompt_length_estimated", severity: "warn", sentence, refs: refsOf(uncounted, "tokens/input") },
  ];
}

/** The field that makes answers as long as asked, where requests to the endpoint have one. */
const lengthField = ({ job }: Omit<Report, "findings">): string | null => {
  const { lengthOption } = DIALECTS[job.endpoint.api];
  return lengthOption === null ? null : `\`${lengthOption}\``;
};

/** Why answers may be short, by whether the endpoint honours the field that fixes their length. */
function whyShort(report: Omit<Report, "findings">): string {
  const { ignoreEos } = report.endpoint;
  if (ignoreEos === true) return "";
  const field = lengthField(report);
  const why = ignoreEos === false ? `${field} is off` : `whether ${field} is honoured is not known`;
  return `, because they may end by themselves${field === null ? "" : ` (${why})`}`;
}

function answersOff(measured: Placed[], report: Omit<Report, "findings">): Finding[] {
  const off = apart(measured, ({ output, askedOutput, source }) => ({
    counted: source === "chunks" ? null : output,
    asked: askedOutput,
  }));
  if (off.length === 0) return [];
  const each = off.map(({ text, level: { outputTokensPerRequest: spread } }) => {
    const known = [
      ...(spread.p50.value === null ? [] : [`p50 ${num(spread.p50.value)}`]),
      ...(spread.p95.value === null ? [] : [`p95 ${num(spread.p95.value)}`]),
      ...(spread.max === null ? [] : [`longest ${num(spread.max)}`]),
    ];
    return known.length === 0 ? text : `${text} (${known.join(", ")})`;
  });
  const sentence = `Answers were not as long as asked${whyShort(report)}, in output tokens a request: ${listed(each, "; ")}.`;
  return [
    {
      code: "answer_length",
      severity: "warn",
      sentence,
      refs: [...refsOf(off, "tokens/output"), ...refsOf(off, "outputTokensPerRequest")],
    },
  ];
}

function answersOfAnyLength(report: Omit<Report, "findings">): Finding[] {
  const { endpoint, levels } = report;
  const findings: Finding[] = [];
  if (endpoint.ignoreEos === false) {
    const sentence = `The endpoint does not take ${lengthField(report)}, so answers end where the model likes and levels may differ in length.`;
    findings.push({ code: "free_length", severity: "info", sentence, refs: ["/endpoint/ignoreEos"] });
  }
  if (endpoint.usage === false && levels.some((level) => level.tokens.source === "chunks")) {
    const sentence =
      "The endpoint reports no token usage: a chunk was counted as a token, so every token figure is an estimate.";
    findings.push({ code: "no_usage", severity: "warn", sentence, refs: ["/endpoint/usage"] });
  }
  const { without = [], roomTokens = 0 } = endpoint.traits ?? {};
  const { lengthOption } = DIALECTS[report.job.endpoint.api];
  // It may be left out though nobody refused it: the job wants it so, it was of no use, or answers have room.
  const isLengthRefused =
    report.job.workload.ignoreEos !== false && endpoint.ignoreEos === null && roomTokens === 0;
  const leftOut = without.filter((name) => name !== lengthOption || isLengthRefused);
  if (leftOut.length > 0) {
    const sentence = `Requests do without ${leftOut.join(" and ")}, because the endpoint refused a request with ${leftOut.length === 1 ? "it" : "them"}.`;
    findings.push({ code: "left_out", severity: "info", sentence, refs: ["/endpoint/traits/without"] });
  }
  if (roomTokens > 0) {
    const sentence = `The model reasons unseen, so its answers may have ${roomTokens.toLocaleString("en-US")} tokens more than asked, and TTFT holds the time in which it thinks.`;
    findings.push({
      code: "reasons_unseen",
      severity: "info",
      sentence,
      refs: ["/endpoint/traits/roomTokens"],
    });
  }
  if (endpoint.saysEnd === false) {
    const { end } = DIALECTS[report.job.endpoint.api].words;
    const sentence = `The endpoint ends its streams without ${end}. An answer counts as whole by its finish reason, its usage and the end of the HTTP answer.`;
    findings.push({ code: "no_end", severity: "info", sentence, refs: ["/endpoint/saysEnd"] });
  }
  return findings;
}

function withoutGpu(measured: Placed[], report: Omit<Report, "findings">): Finding[] {
  if (measured.length === 0) return [];
  const { gpus, model } = report;
  const hasMfu = isStreamed(report);
  const missing = [
    ...(measured.some(({ level }) => level.gpu !== null)
      ? []
      : ["power and energy need an agent on the GPU's host"]),
    ...(!hasMfu || gpus.some((gpu) => gpu.peakTflops !== null) ? [] : ["MFU needs a known GPU"]),
    ...(hasMfu && model === null ? ["MFU needs the model's config or its number of parameters"] : []),
  ];
  if (missing.length === 0) return [];
  return [
    {
      code: "not_measured",
      severity: "info",
      sentence: `Not measured: ${missing.join("; ")}.`,
      refs: ["/gpus", "/model"],
    },
  ];
}

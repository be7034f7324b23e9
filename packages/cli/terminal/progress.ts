import type { EndedLevel, Job, Waiting } from "@brimline/core/job/state/job";
import { demandOf, type Load } from "@brimline/core/load";
import { CATALOGUE } from "@brimline/core/report/catalogue";
import { num } from "@brimline/core/report/text";
import { figureName, fullLoadText, number, seconds, UNKNOWN } from "@brimline/core/report/shown/cells";

/**
 * A job's progress in one line: level, users, in flight, ok, failed, tok/s and the rest of the level's time.
 */
export function progressLine(job: Job, nowUnixMs: number): string {
  const { progress } = job;
  if (job.state === "queued") return "queued: waiting for its turn";
  if (job.state === "preflight") return `preflight: ${preflightText(progress.waiting, nowUnixMs)}`;
  if (job.state === "reporting") return "reporting: computing the figures and the page";
  if (job.state !== "running") return job.state;
  if (progress.levelId === null || progress.load === null) return "running: idle before load";
  const level =
    progress.levelId === "warmup"
      ? "warm-up"
      : `level ${progress.levelsDone + 1}${progress.levels === null ? "" : `/${progress.levels}`}`;
  const left = progress.endsAt === null ? null : (Date.parse(progress.endsAt) - nowUnixMs) / 1000;
  return [
    `${level}: ${fullLoadText(progress.load)}`,
    `${progress.inFlight} in flight`,
    `${progress.ok} ok`,
    `${progress.failed} failed`,
    ...(progress.outputTokensPerS === null
      ? []
      : [`${number(progress.outputTokensPerS)} ${CATALOGUE.outputTokensPerS.unit}`]),
    ...(left === null || progress.levelId === "warmup"
      ? []
      : [left > 0 ? `${seconds(left)} left` : "draining"]),
  ].join(" · ");
}

/** An answer that comes within this time is not waited for. */
const SOON_S = 2;

/** What preflight does: it asks, or it waits for something, and since when and until when at most. */
function preflightText(waiting: Waiting | null, nowUnixMs: number): string {
  const forS = waiting === null ? 0 : (nowUnixMs - Date.parse(waiting.since)) / 1000;
  if (waiting === null || (forS < SOON_S && waiting.waitsFor === "answer"))
    return "asking the endpoint for one short stream";
  const leftS = (Date.parse(waiting.until) - nowUnixMs) / 1000;
  const atMost = leftS > 0 ? ` of at most ${seconds(forS + leftS)}` : "";
  const said = waiting.said === null ? "" : ` · ${waiting.said}`;
  return {
    endpoint: `the endpoint is not up yet: waiting for ${seconds(forS)}${atMost}${said}`,
    answer: `the endpoint has not answered yet: loading for ${seconds(forS)}${atMost}`,
    stream: `the endpoint answers slowly: streaming for ${seconds(forS)}${atMost}`,
    again: `the endpoint is asked again in ${seconds(Math.max(0, leftS))}${said}`,
  }[waiting.waitsFor];
}

/** The widths of a row's columns, without the two cells between them, and of the shortest bar that is worth drawing. */
const ROW = { load: 12, throughput: 13, latency: 18, met: 9, bar: 4 };
const BLOCKS = " ▏▎▍▌▋▊▉█";

/**
 * A level that has ended in one line: its load, tokens/s, the P95 of its TTFT, what came of the objective and, where
 * there is room, a bar of its throughput beside the most so far. `columns` are those of the terminal.
 */
export function levelRow(level: EndedLevel, all: readonly EndedLevel[], columns: number): string {
  const { outputTokensPerS, ttftP95Ms, e2eP95Ms } = level;
  const latency =
    ttftP95Ms !== null
      ? `${figureName("ttftMs.p95", "shortLabel")} ${number(Math.round(ttftP95Ms))} ms`
      : e2eP95Ms !== null
        ? `${figureName("e2eMs.p95", "shortLabel")} ${number(Math.round(e2eP95Ms))} ms`
        : UNKNOWN;
  const cells = [
    shortLoadText(level.load).padStart(ROW.load),
    (outputTokensPerS === null ? UNKNOWN : tokensPerS(outputTokensPerS)).padStart(ROW.throughput),
    latency.padStart(ROW.latency),
    metText(level).padEnd(ROW.met),
  ].join("  ");
  const room = columns - 1 - cells.length - 2;
  const most = Math.max(...all.map((each) => each.outputTokensPerS ?? 0));
  const bar = room < ROW.bar || most === 0 ? "" : barOf((outputTokensPerS ?? 0) / most, Math.min(room, 30));
  return `${cells}  ${bar}`.trimEnd();
}

/** "50 users" or "7.5/s": all rates of a job come alike. */
function shortLoadText(load: Load): string {
  const { isOpenLoop, value } = demandOf(load);
  return isOpenLoop ? `${num(value)}/s` : fullLoadText(load);
}

const tokensPerS = (value: number): string => `${number(value)} ${CATALOGUE.outputTokensPerS.unit}`;

/** What came of a level, in a word. Few requests do not tell, and then their share says how it looks. */
function metText({ state, ok, failed, met, goodPercent }: EndedLevel): string {
  if (failed > ok) return "failed";
  if (met !== null) return met ? "met" : "missed";
  if (state !== "completed") return state;
  return goodPercent === null ? "" : `${Math.floor(goodPercent)} % good`;
}

function barOf(share: number, cells: number): string {
  const eighths = Math.round(share * cells * 8);
  return BLOCKS.charAt(8).repeat(Math.floor(eighths / 8)) + BLOCKS.charAt(eighths % 8);
}

export interface ProgressView {
  show(job: Job): void;
  end(): void;
}

/** Counters say this of a level as soon as it ends. A report takes its figures from the steady part of the records. */
const WHOLE_LEVELS = "Levels as a whole (the report leaves out start and end):";
const PLAIN_EVERY_MS = 5000;
const CLEAR_LINE = "\r\u001b[2K";

/**
 * Shows progress. Each level that has ended leaves its row. On a terminal the line of what happens now is rewritten
 * below; elsewhere it is a plain line now and then.
 */
export function progressView(
  out: Pick<NodeJS.WriteStream, "isTTY" | "columns"> & { write(text: string): unknown },
  now: () => number,
): ProgressView {
  const live = out.isTTY === true;
  const columns = (): number => out.columns || 80;
  const told = new Set<string>();
  let phase = "";
  let lastLine = "";
  let lastPlainAt = -Infinity;
  function tell({ progress: { ended } }: Job): void {
    for (const level of ended) {
      const name = `${level.id} ${level.repeat}`;
      if (told.has(name)) continue;
      if (told.size === 0) out.write(`${live ? CLEAR_LINE : ""}${WHOLE_LEVELS}\n`);
      told.add(name);
      out.write(`${live ? CLEAR_LINE : ""}${levelRow(level, ended, columns())}\n`);
    }
  }
  return {
    show(job) {
      const line = progressLine(job, now());
      const newPhase = `${job.state} ${job.progress.levelId ?? ""}`;
      tell(job);
      if (live) out.write(`${CLEAR_LINE}${line.slice(0, columns() - 1)}`);
      else if (newPhase !== phase || now() - lastPlainAt >= PLAIN_EVERY_MS) {
        if (line !== lastLine) out.write(`${line}\n`);
        lastPlainAt = now();
      }
      phase = newPhase;
      lastLine = line;
    },
    end() {
      if (live && lastLine !== "") out.write("\n");
    },
  };
}

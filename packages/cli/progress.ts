import type { Job, Waiting } from "@brimline/core/job/job";
import { CATALOGUE } from "@brimline/core/report/catalogue";
import { fullLoadText, number, seconds } from "./figures.ts";

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

export interface ProgressView {
  show(job: Job): void;
  end(): void;
}

const PLAIN_EVERY_MS = 5000;

/**
 * Shows progress. On a terminal it rewrites one line and leaves the last line of each level standing.
 * Elsewhere it writes a plain line now and then.
 */
export function progressView(out: NodeJS.WriteStream, now: () => number): ProgressView {
  const live = out.isTTY === true;
  let phase = "";
  let lastLine = "";
  let lastPlainAt = -Infinity;
  return {
    show(job) {
      const line = progressLine(job, now());
      const newPhase = `${job.state} ${job.progress.levelId ?? ""}`;
      if (live) {
        if (newPhase !== phase && lastLine !== "") out.write("\n");
        out.write(`\r\u001b[2K${line.slice(0, (out.columns || 80) - 1)}`);
      } else if (newPhase !== phase || now() - lastPlainAt >= PLAIN_EVERY_MS) {
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

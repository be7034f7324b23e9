import { ErrorKind, type Reason } from "../codes.ts";
import type { AskedTokens } from "../metric/asked.ts";
import { isOneTokenAChunk } from "../metric/chunk/chunk.ts";
import { isHeldOpen, streamedTokens } from "../metric/statistics/latency.ts";
import type { Run } from "../metric/window/run.ts";
import type { RequestRecord } from "../record/record.ts";
import { okRows, type RecordTable } from "../record/columns/table.ts";
import type { LevelInput } from "./input.ts";
import type { Level } from "./schema.ts";

/**
 * The requests of a whole level: ok + failed + censored = sent. Failed ones are counted by kind in the order
 * of `ErrorKind`.
 */
export function requestCounts(
  inputs: LevelInput[],
  records: RecordTable,
  inWindow: number,
): Level["requests"] {
  const counts = new Map<RequestRecord["outcome"], number>();
  let [resent, heldOpen] = [0, 0];
  for (const request of records.rows()) {
    counts.set(request.outcome, (counts.get(request.outcome) ?? 0) + 1);
    if (request.resent) resent++;
    if (isHeldOpen(request)) heldOpen++;
  }
  const count = (outcome: RequestRecord["outcome"]): number => counts.get(outcome) ?? 0;
  const [ok, censored] = [count("ok"), count("censored")];
  const due = inputs
    .flatMap((input) => input.shards)
    .reduce((sum, { summary }) => sum + summary.requests.due, 0);
  const errors = ErrorKind.options
    .map((kind) => [kind, count(kind)] as const)
    .filter(([, failed]) => failed > 0);
  return {
    due: Math.max(due, records.length),
    sent: records.length,
    ok,
    failed: records.length - ok - censored,
    censored,
    inWindow,
    resent,
    heldOpen,
    errors: Object.fromEntries(errors),
  };
}

const SAMPLES = 5;

/**
 * Up to five failures with their text, in the order in which they were due. The first of each kind comes
 * before all others.
 */
export function errorSamplesOf(runs: Run[]): Level["errorSamples"] {
  const samples = runs.flatMap(({ records }) =>
    records.failures
      .toSorted((a, b) => a.dueMs - b.dueMs || a.index - b.index)
      .map(({ kind, status, text }) => ({ kind, status, text })),
  );
  const firsts = samples.filter(
    (sample, i) => samples.findIndex((other) => other.kind === sample.kind) === i,
  );
  return [...firsts, ...samples.filter((sample) => !firsts.includes(sample))].slice(0, SAMPLES);
}

const SOURCES = ["usage", "chunk_usage", "chunks"] as const;

/**
 * The tokens of ok requests. A sum is null if any of them lacks its count. The source is the weakest that was
 * used.
 */
export function tokenTotals(
  records: RecordTable,
  asked: AskedTokens,
  cachedInputPercent: number | null,
): Level["tokens"] {
  let isAny = false;
  let input: number | null = 0;
  let output: number | null = 0;
  let reasoning: number | null = 0;
  let weakest = 0;
  for (const { tokens } of okRows(records)) {
    isAny = true;
    input = sumOrNull(input, tokens.input);
    output = sumOrNull(output, tokens.output);
    reasoning = sumOrNull(reasoning, tokens.reasoning);
    weakest = Math.max(weakest, SOURCES.indexOf(tokens.source));
  }
  return {
    input: isAny ? input : null,
    output: isAny ? output : null,
    reasoning: isAny ? reasoning : null,
    cachedInputPercent,
    source: SOURCES[weakest] ?? "usage",
    askedInput: asked.input,
    askedOutput: asked.output,
  };
}

const sumOrNull = (sum: number | null, value: number | null): number | null =>
  sum === null || value === null ? null : sum + value;

/** The reasons that every figure of tokens must carry. */
export function tokenReasons(records: RecordTable): Reason[] {
  let [ignored, estimated] = [false, false];
  for (const { usageInvalid, tokens } of okRows(records)) {
    ignored ||= usageInvalid;
    estimated ||= tokens.source === "chunks";
  }
  return [...(ignored ? (["usage_invalid"] as const) : []), ...(estimated ? (["estimated"] as const) : [])];
}

/** Whether one chunk was one token over all ok requests, by a count that does not itself rest on chunks. */
export function chunkIsToken(records: RecordTable): boolean {
  let tokens = 0;
  let chunks = 0;
  for (const request of okRows(records)) {
    if (request.tokens.source === "chunks") return false;
    tokens += streamedTokens(request) ?? 0;
    chunks += request.chunks;
  }
  return isOneTokenAChunk(tokens, chunks);
}

import { ErrorKind, type Reason } from "../codes.ts";
import { isOneTokenAChunk } from "../metric/chunk.ts";
import { streamedTokens } from "../metric/latency.ts";
import type { RequestRecord } from "../record/record.ts";
import type { LevelInput } from "./input.ts";
import type { Level } from "./schema.ts";

/** Requests of a whole level: ok + failed + censored = sent, and the failed by kind in the order of `ErrorKind`. */
export function requestCounts(inputs: LevelInput[], records: RequestRecord[], inWindow: number): Level["requests"] {
  const count = (outcome: RequestRecord["outcome"]): number => records.filter((record) => record.outcome === outcome).length;
  const [ok, censored] = [count("ok"), count("censored")];
  const due = inputs.flatMap((input) => input.shards).reduce((sum, { summary }) => sum + summary.requests.due, 0);
  const errors = ErrorKind.options.map((kind) => [kind, count(kind)] as const).filter(([, failed]) => failed > 0);
  return {
    due: Math.max(due, records.length),
    sent: records.length,
    ok,
    failed: records.length - ok - censored,
    censored,
    inWindow,
    errors: Object.fromEntries(errors),
  };
}

const SAMPLES = 5;

/** Up to five failures with their text: one of each kind first. */
export function errorSamplesOf(records: RequestRecord[]): Level["errorSamples"] {
  const samples = records.flatMap(({ outcome, status, errorText }) =>
    outcome === "ok" || outcome === "censored" || errorText === null ? [] : [{ kind: outcome, status, text: errorText }],
  );
  const firsts = samples.filter((sample, i) => samples.findIndex((other) => other.kind === sample.kind) === i);
  return [...firsts, ...samples.filter((sample) => !firsts.includes(sample))].slice(0, SAMPLES);
}

const SOURCES = ["usage", "chunk_usage", "tokenizer", "chunks"] as const;

/** Tokens of ok requests; a sum over only some of them is null. The source is the weakest that was used. */
export function tokenTotals(ok: RequestRecord[], cachedInputPercent: number | null): Level["tokens"] {
  const total = (pick: (tokens: RequestRecord["tokens"]) => number | null): number | null =>
    ok.length === 0 || ok.some((record) => pick(record.tokens) === null) ? null : ok.reduce((sum, record) => sum + (pick(record.tokens) ?? 0), 0);
  const weakest = Math.max(0, ...new Set(ok.map((record) => SOURCES.indexOf(record.tokens.source))));
  return {
    input: total((tokens) => tokens.input),
    output: total((tokens) => tokens.output),
    reasoning: total((tokens) => tokens.reasoning),
    cachedInputPercent,
    source: SOURCES[weakest] ?? "usage",
  };
}

/** What must be said of every figure that counts tokens. */
export function tokenReasons(ok: RequestRecord[]): Reason[] {
  const ignored: Reason[] = ok.some((record) => record.usageInvalid) ? ["usage_invalid"] : [];
  return ok.some((record) => record.tokens.source === "chunks") ? [...ignored, "estimated"] : ignored;
}

/** Whether one chunk was one token over all ok requests, by a count that is not itself the chunks. */
export function chunkIsToken(ok: RequestRecord[]): boolean {
  let tokens = 0;
  let chunks = 0;
  for (const record of ok) {
    if (record.tokens.source === "chunks") return false;
    tokens += streamedTokens(record) ?? 0;
    chunks += record.gapsUs.length;
  }
  return isOneTokenAChunk(tokens, chunks);
}

import type { ErrorKind } from "../codes.ts";
import type { Dialect, Usage } from "../dialect/dialect.ts";
import type { RequestRecord } from "./record.ts";
import type { SseEvent } from "./sse.ts";

/**
 * What is known so far about one streamed answer. Times are ms from the shard's T0 and kept as whole µs, so
 * that the gaps add up to exactly last − sent. It is mutable because every open request has one.
 */
export interface Answer {
  gapsUs: number[];
  firstUs: number | null;
  firstVisibleUs: number | null;
  /** When the last output chunk arrived, or `sent` before the first. */
  lastUs: number;
  /** Whether the last stream event carried output. */
  endsInOutput: boolean;
  merged: RequestRecord["merged"];
  /** Whether the stream said that the answer is whole. What comes after is not read. */
  done: boolean;
  finishReason: string | null;
  /** The usage of the whole request. */
  usage: Usage | null;
  /** The latest usage that came with a chunk. */
  chunkUsage: Usage | null;
  usageInvalid: boolean;
  /** The output tokens of each output chunk. It is null once a chunk came without usage. */
  chunkTokens: number[] | null;
  tokensSeen: number;
  /** The text of the first error that the stream carried. */
  error: string | null;
  /** The data of the first stream event that could not be read. */
  malformed: string | null;
}

const usOf = (ms: number): number => Math.round(ms * 1000);
const msOf = (us: number | null): number | null => (us === null ? null : us / 1000);

export function newAnswer(sentMs: number): Answer {
  return {
    gapsUs: [],
    firstUs: null,
    firstVisibleUs: null,
    lastUs: usOf(sentMs),
    endsInOutput: false,
    merged: [],
    done: false,
    finishReason: null,
    usage: null,
    chunkUsage: null,
    usageInvalid: false,
    chunkTokens: [],
    tokensSeen: 0,
    error: null,
    malformed: null,
  };
}

/**
 * Takes one stream event that arrived at `atMs`. Events of one socket read share that time, so the later ones
 * get a gap of 0.
 */
export function takeEvent(answer: Answer, dialect: Dialect, event: SseEvent, atMs: number): void {
  const data = event.data.trim();
  answer.endsInOutput = false;
  if (answer.done || data === "") return;
  const reading = dialect.read(data, event.type);
  if (reading !== null && reading.error !== null) {
    answer.error ??= reading.error;
    return;
  }
  if (reading === null || !event.validUtf8) {
    answer.malformed ??= data;
    return;
  }
  const { usage, finalUsage } = reading;
  answer.finishReason = reading.finishReason ?? answer.finishReason;
  if (usage === "impossible") answer.usageInvalid = true;
  else if (usage !== null && finalUsage) answer.usage = together(answer.usage, usage);
  else if (usage !== null) answer.chunkUsage = usage;
  if (reading.output)
    takeOutput(answer, { visible: reading.visible, usage: usage === "impossible" ? null : usage }, atMs);
  answer.done = reading.done;
}

/** Some dialects report the input first and the output at the end. */
const together = (earlier: Usage | null, later: Usage): Usage => ({
  input: later.input ?? earlier?.input ?? null,
  output: later.output ?? earlier?.output ?? null,
  reasoning: later.reasoning ?? earlier?.reasoning ?? null,
  cached: later.cached ?? earlier?.cached ?? null,
});

/**
 * Takes one output chunk that arrived at `atMs` and carries nothing else. It must not be called once the
 * answer is `done`.
 */
export function takeOutput(
  answer: Answer,
  chunk: { visible: boolean; usage: Usage | null },
  atMs: number,
): void {
  const atUs = usOf(atMs);
  answer.gapsUs.push(atUs - answer.lastUs);
  answer.endsInOutput = true;
  answer.lastUs = atUs;
  answer.firstUs ??= atUs;
  if (chunk.visible) answer.firstVisibleUs ??= atUs;
  countTokens(answer, chunk.usage);
}

/**
 * Per-chunk usage counts all output so far, so a chunk's own tokens are the difference to the output chunk
 * before it.
 */
function countTokens(answer: Answer, usage: Usage | null): void {
  const soFar = usage?.output ?? null;
  if (answer.chunkTokens === null) return;
  if (soFar === null || soFar < answer.tokensSeen) {
    answer.usageInvalid ||= soFar !== null;
    answer.chunkTokens = null;
    return;
  }
  answer.chunkTokens.push(soFar - answer.tokensSeen);
  answer.tokensSeen = soFar;
}

/**
 * The outcome of a stream that has ended. An error, an unreadable event, a missing end or no output make it
 * a failure.
 */
export function outcomeOf(answer: Answer): "ok" | ErrorKind {
  if (answer.error !== null) return "stream_error";
  if (answer.malformed !== null) return "malformed_events";
  if (!answer.done) return "truncated_stream";
  return answer.gapsUs.length === 0 ? "empty_stream" : "ok";
}

type AnswerFields = Pick<
  RequestRecord,
  | "firstMs"
  | "firstVisibleMs"
  | "lastMs"
  | "gapsUs"
  | "merged"
  | "chunkTokens"
  | "finishReason"
  | "tokens"
  | "usageInvalid"
>;

/**
 * The answer's part of the record. Tokens come from the request's usage, or from the last per-chunk usage, or
 * from the number of output chunks, whichever is there first.
 */
export function fieldsOf(answer: Answer): AnswerFields {
  const chunks = answer.gapsUs.length;
  const perChunk = answer.chunkTokens !== null && chunks > 0;
  // A usage of no output tokens beside output chunks cannot be true either.
  const usageIsZero = answer.usage?.output === 0 && chunks > 0;
  const usage = usageIsZero ? null : (answer.usage ?? answer.chunkUsage);
  const counted = {
    input: usage?.input ?? null,
    reasoning: usage?.reasoning ?? null,
    cached: usage?.cached ?? null,
  };
  const times = {
    firstMs: msOf(answer.firstUs),
    firstVisibleMs: msOf(answer.firstVisibleUs),
    lastMs: chunks === 0 ? null : msOf(answer.lastUs),
  };
  const tokens = (output: number | null, source: RequestRecord["tokens"]["source"]): AnswerFields => ({
    ...times,
    gapsUs: answer.gapsUs,
    merged: answer.merged,
    chunkTokens: perChunk ? answer.chunkTokens : null,
    finishReason: answer.finishReason,
    tokens: { input: counted.input, output, reasoning: counted.reasoning, cached: counted.cached, source },
    usageInvalid: answer.usageInvalid || usageIsZero,
  });
  if (usage !== null && usage === answer.usage && usage.output !== null) return tokens(usage.output, "usage");
  if (perChunk) return tokens(answer.chunkUsage?.output ?? answer.tokensSeen, "chunk_usage");
  return tokens(chunks === 0 ? null : chunks, "chunks");
}

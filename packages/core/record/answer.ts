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
  /** The latest counts, wherever in the stream they stood. */
  usage: Usage | null;
  /** How many output chunks had come when the latest count of output tokens came, the one with it included. */
  usageChunks: number;
  /** Whether that count came beside output. */
  isUsageBeside: boolean;
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
    usageChunks: 0,
    isUsageBeside: false,
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
  answer.finishReason = reading.finishReason ?? answer.finishReason;
  answer.usageInvalid ||= reading.isUsageFlawed;
  if (reading.output) takeOutput(answer, reading, atMs);
  if (reading.usage !== null) takeUsage(answer, reading.usage, reading.output);
  answer.done = reading.done;
}

/**
 * Some dialects report the input first and the output at the end, and some repeat zeros: neither a null nor a
 * zero replaces a count.
 */
function takeUsage(answer: Answer, usage: Usage, isBeside: boolean): void {
  const before = answer.usage;
  const latest = (name: keyof Usage): number | null => {
    const count = usage[name];
    return count !== null && count > 0 ? count : (before?.[name] ?? count);
  };
  if (usage.output !== null && (usage.output > 0 || before?.output == null)) {
    answer.usageChunks = answer.gapsUs.length;
    answer.isUsageBeside = isBeside;
  }
  answer.usage = {
    input: latest("input"),
    output: latest("output"),
    reasoning: latest("reasoning"),
    cached: latest("cached"),
  };
}

/**
 * Takes the event that lacked its blank line when the stream was over. It counts only if it ends the answer:
 * any other may have been cut.
 */
export function takeLastEvent(answer: Answer, dialect: Dialect, event: SseEvent, atMs: number): void {
  if (dialect.read(event.data.trim(), event.type)?.done === true) takeEvent(answer, dialect, event, atMs);
}

/**
 * Takes one output chunk that arrived at `atMs` and carries nothing else. It must not be called once the
 * answer is `done`.
 */
export function takeOutput(
  answer: Answer,
  chunk: { visible: boolean; usage: Usage | null },
  atMs: number,
): void {
  // Stamps are of two clocks that are compared now and then, so one may lie µs before the last. No gap is negative.
  const atUs = Math.max(usOf(atMs), answer.lastUs);
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
 * The outcome of a stream that is over. An error, an unreadable event, a missing end or no output make it a
 * failure. `isWhole` says that the HTTP answer was not cut. Then a finish reason and usage stand for the end that
 * some servers do not write.
 */
export function outcomeOf(answer: Answer, isWhole: boolean): "ok" | ErrorKind {
  if (answer.error !== null) return "stream_error";
  if (answer.malformed !== null) return "malformed_events";
  const hasEnd = answer.done || (isWhole && answer.finishReason !== null && answer.usage !== null);
  if (!hasEnd) return "truncated_stream";
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

/** How many more output chunks than tokens are no contradiction, as a share of the tokens. */
const CHUNKS_MORE = 0.02;

/**
 * The answer's part of the record. Tokens are those of the usage that came last, or else the output chunks. A
 * usage from before the last chunk that counts fewer tokens than there are chunks is not of the whole answer. One
 * that counts fewer although it came last cannot be true, but is all that is known.
 */
export function fieldsOf(answer: Answer): AnswerFields {
  const { usage, gapsUs } = answer;
  const chunks = gapsUs.length;
  const perChunk = answer.chunkTokens !== null && chunks > 0;
  const output = usage?.output ?? null;
  const isZero = output === 0 && chunks > 0;
  const isStale = output !== null && answer.usageChunks < chunks && output < chunks;
  const isKnown = output !== null && !isZero && !isStale;
  return {
    firstMs: msOf(answer.firstUs),
    firstVisibleMs: msOf(answer.firstVisibleUs),
    lastMs: chunks === 0 ? null : msOf(answer.lastUs),
    gapsUs,
    merged: answer.merged,
    chunkTokens: perChunk ? answer.chunkTokens : null,
    finishReason: answer.finishReason,
    tokens: {
      input: usage?.input ?? null,
      output: isKnown ? output : chunks === 0 ? null : chunks,
      reasoning: usage?.reasoning ?? null,
      cached: usage?.cached ?? null,
      source: !isKnown ? "chunks" : perChunk && answer.isUsageBeside ? "chunk_usage" : "usage",
    },
    usageInvalid:
      answer.usageInvalid || isZero || (isKnown && chunks > Math.ceil((1 + CHUNKS_MORE) * output)),
  };
}

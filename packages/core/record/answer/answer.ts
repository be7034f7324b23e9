import type { ErrorKind } from "../../codes.ts";
import type { Dialect, Reading, Usage } from "../../dialect/dialect.ts";
import type { RequestRecord } from "../record.ts";
import { EventStream, type SseEvent, type SseLimits } from "./sse.ts";
import { countChunk, countUsage, newTokenCount, type TokenCount, tokensOf } from "./token-count.ts";

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
  tokens: TokenCount;
  /** The text of the first error that the stream carried. */
  error: string | null;
  /** The data of the first stream event that could not be read. */
  malformed: string | null;
  /** The data of the last stream event before any output that said nothing, for an answer that has none. */
  silent: string | null;
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
    tokens: newTokenCount(),
    error: null,
    malformed: null,
    silent: null,
  };
}

/** The stream of an answer, whose events may lack their blank lines. */
export const streamOf = (dialect: Dialect, limits?: SseLimits): EventStream =>
  new EventStream(limits, (data) => dialect.read(data.trim(), "") !== null);

/** What gateways write as the data or the type of an event to keep a connection alive: a word, or the time. */
const HEARTBEAT = /^(?:ping|pong|heartbeat|keep-?alive|\d{4}-\d\d-\d\d[T ][\d:.]+Z?)$/i;

/**
 * Takes one stream event that arrived at `atMs`. Events of one socket read share that time, so the later ones
 * get a gap of 0.
 */
export function takeEvent(answer: Answer, dialect: Dialect, event: SseEvent, atMs: number): void {
  const data = event.data.trim();
  answer.endsInOutput = false;
  if (answer.done || data === "") return;
  const reading = dialect.read(data, event.type);
  if (reading === null && (HEARTBEAT.test(data) || HEARTBEAT.test(event.type))) return;
  if (reading === null && data.includes("\n")) {
    // Some servers leave out the blank line between events, so that the data lines of several stand as one.
    for (const line of data.split("\n")) takeEvent(answer, dialect, { ...event, data: line }, atMs);
    return;
  }
  if (reading !== null && reading.error !== null) {
    answer.error ??= reading.error;
    return;
  }
  if (reading === null || !event.validUtf8) {
    answer.malformed ??= data;
    return;
  }
  answer.finishReason = reading.finishReason ?? answer.finishReason;
  answer.tokens.isFlawed ||= reading.isUsageFlawed;
  if (reading.output) takeOutput(answer, reading, atMs);
  if (reading.usage !== null) countUsage(answer.tokens, reading.usage, answer.gapsUs.length, reading.output);
  if (answer.gapsUs.length === 0 && isSilent(reading)) answer.silent = data;
  answer.done = reading.done;
}

const isSilent = ({ finishReason, usage, done }: Reading): boolean =>
  finishReason === null && usage === null && !done;

/**
 * Takes the event that lacked its blank line when the stream was over. It counts only if it ends the answer:
 * any other may have been cut.
 */
export function takeLastEvent(answer: Answer, dialect: Dialect, event: SseEvent, atMs: number): void {
  const last = event.data.trimEnd().split("\n").at(-1) ?? "";
  if (dialect.read(last.trim(), event.type)?.done === true) takeEvent(answer, dialect, event, atMs);
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
  countChunk(answer.tokens, chunk.usage);
}

/**
 * The outcome of a stream that is over. An error, an unreadable event, a missing end or no output make it a
 * failure. `isWhole` says that the HTTP answer was not cut. Then a finish reason and usage stand for the end that
 * some servers do not write.
 */
export function outcomeOf(answer: Answer, isWhole: boolean): "ok" | ErrorKind {
  if (answer.error !== null) return "stream_error";
  if (answer.malformed !== null) return "malformed_events";
  const hasEnd = answer.done || (isWhole && answer.finishReason !== null && answer.tokens.usage !== null);
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

/** The answer's part of the record. */
export function fieldsOf(answer: Answer): AnswerFields {
  const { gapsUs } = answer;
  return {
    firstMs: msOf(answer.firstUs),
    firstVisibleMs: msOf(answer.firstVisibleUs),
    lastMs: gapsUs.length === 0 ? null : msOf(answer.lastUs),
    gapsUs,
    merged: answer.merged,
    finishReason: answer.finishReason,
    ...tokensOf(answer.tokens, gapsUs.length),
  };
}

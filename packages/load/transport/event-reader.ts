import type { Answer } from "@brimline/core/record/answer/answer";
import type { EventStream } from "@brimline/core/record/answer/sse";

/** Reads the stream events of one answer's body, piece by piece, into what is known of the answer. */
export interface EventReader {
  /** The bound that the body broke. Nothing is read after it. */
  readonly overflow: EventStream["overflow"];
  /** Whether all that was taken belongs to whole stream events. */
  readonly isBetweenEvents: boolean;
  /** The first line of the body that belongs to no stream event, cut. */
  readonly stray: string | null;
  take(answer: Answer, bytes: Buffer, from: number, to: number, atMs: number): void;
  /** It is called when no more of the body will come. */
  end(answer: Answer, atMs: number): void;
}

import { z } from "zod";

/** What preflight learnt of an endpoint. */
export const EndpointTraits = z.object({
  /** The names of the dialect's options that its requests do without. */
  without: z.array(z.string()),
  /** How many tokens more than asked an answer may have, because the model reasons unseen. Unless given, none. */
  roomTokens: z.int().min(1).optional(),
});
export type EndpointTraits = z.infer<typeof EndpointTraits>;

/** What one request asks. */
export interface Question {
  model: string;
  prompt: string;
  /** Images beside the prompt, as data URLs. Only a dialect that takes images is given some. */
  images?: string[];
  outputTokens: number;
  temperature: number;
}

/** A part of the body that some endpoints refuse. */
export interface Option {
  name: string;
  /** Whether the text of a refusal blames it. */
  isBlamed: (text: string) => boolean;
  /**
   * Whether it is left out too when a refusal blames no option. It is false where the dialect then writes
   * something else in its place.
   */
  isSpare: boolean;
  /** Another option: an endpoint that refuses that one refuses this one too. */
  refusedWith?: string;
  /** Another option: an endpoint that refuses that one takes this one, so it is not left out in case. */
  takenWithout?: string;
}

/** Token counts as the endpoint reports them. A count that it does not report is null. */
export interface Usage {
  input: number | null;
  output: number | null;
  reasoning: number | null;
  cached: number | null;
}

/** What one stream event says. */
export interface Reading {
  /** Whether it carries output of any kind. */
  output: boolean;
  /** Whether it carries output that a reader sees, which reasoning is not. */
  visible: boolean;
  /**
   * Its visible text, where that is one string. Events that differ in it alone are not parsed one by one
   * (see `learnEventFrame`).
   */
  text: string | null;
  /** Why the answer ended, in the endpoint's own words, but for `length`: it is as long as it was allowed to be. */
  finishReason: string | null;
  /** The token counts of the answer so far, or of all of it: those that come last count. */
  usage: Usage | null;
  /**
   * Whether a count cannot be true (it is negative, not finite, fractional or a text), or the counts cannot be
   * true together.
   */
  isUsageFlawed: boolean;
  /**
   * The text of an error that the endpoint reports inside the stream, a finish reason that says so among them.
   * Then nothing else counts.
   */
  error: string | null;
  /** Whether the answer is whole. What comes after is not read. */
  done: boolean;
}

/** The reading of an event that says nothing. */
export const NOTHING: Reading = {
  output: false,
  visible: false,
  text: null,
  finishReason: null,
  usage: null,
  isUsageFlawed: false,
  error: null,
  done: false,
};

/** The reading of an event that only ends the answer. */
export const DONE: Reading = { ...NOTHING, done: true };

/** How one kind of endpoint (`endpoint.api`) is asked, and what its answers mean. */
export interface Dialect {
  /** The path below the endpoint's base URL, without a slash before it. */
  path: string;
  /** Headers that every request needs, in lower case. The caller's own may replace them. */
  headers: Record<string, string>;
  /** The header that takes the key where the caller names none. In `authorization` it is a bearer token. */
  keyHeader: string;
  /**
   * Whether the answer is an event stream of tokens. If it is not, its whole body is one event of JSON, and it is
   * not made of tokens.
   */
  streams: boolean;
  /**
   * Fields of a number or a text that `read` never looks at, so that events which differ in them and in their text
   * alone need not be parsed one by one. Some differ from answer to answer, such as its id, and others from event to
   * event: events are numbered, and padded so that nobody learns from their lengths.
   */
  unread: { ofAnswers: readonly string[]; ofEvents: readonly string[] };
  /** Whether a prompt may have images. */
  takesImages: boolean;
  /** The fields that `body` may write, and others that a caller may not set. */
  reservedFields: readonly string[];
  /** What preflight may try without. */
  options: readonly Option[];
  /** The option that makes every answer as long as asked. It is null where the dialect has none. */
  lengthOption: string | null;
  body(question: Question, traits: EndpointTraits): Record<string, unknown>;
  /**
   * Reads the data of one event, which is not blank. `type` is its `event:` field, or an empty text. It is
   * null if the data cannot be read. It must not throw, and keeps nothing between events.
   */
  read(data: string, type: string): Reading | null;
  /** Whether the text of a refused answer is a good one that came in one piece. */
  isWhole(text: string): boolean;
  words: {
    /** What the kind is called in a report. */
    kind: string;
    /** What a request asks for, as it stands after "a". */
    request: string;
    /** What a server of this kind is, as it stands after "no". */
    server: string;
    /** What ends a stream. */
    end: string;
    /** The kinds of output, as they stand after "no". */
    outputs: string;
  };
}

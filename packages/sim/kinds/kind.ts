import type { ApiError } from "../api-error.ts";
import type { AnswerRequest, ServedModel } from "../request.ts";

/** What every answer says about itself. `created` is in Unix seconds. */
export interface AnswerHead {
  id: string;
  created: number;
  model: string;
}

/** The stream events of an answer: one token an event. */
export interface Frames {
  /** What comes at once. It may be empty. */
  begin: string;
  token(index: number): string;
  end: string[];
}

/** How one kind of endpoint reads requests and writes answers. */
export interface Kind {
  /** How the ids of its answers begin. */
  idPrefix: string;
  /** Reads a body. It throws an ApiError: 404 for another model, 400 for anything else that is wrong. */
  read(body: unknown, served: ServedModel): AnswerRequest;
  /** The answer as a stream. Without a cache `cachedTokens` is null, and usage does not mention one. */
  frames?(about: AnswerHead, request: AnswerRequest, cachedTokens: number | null): Frames;
  /** The answer without streaming. */
  whole(about: AnswerHead, request: AnswerRequest, cachedTokens: number | null): object;
  /** The body of a refusal. */
  refusal(error: ApiError): object;
}

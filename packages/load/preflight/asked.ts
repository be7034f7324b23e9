import type { Dialect, EndpointTraits } from "@brimline/core/dialect/dialect";
import type { Api } from "@brimline/core/dialect/dialects";

/** What was asked, and of which endpoint. */
export interface Asked {
  url: URL;
  dialect: Dialect;
  api: Api;
  /** The kinds that may be asked in its place, if the endpoint does not speak it, and those that were. */
  otherApis: Api[];
  triedApis: Api[];
  model: string;
  /** Which secrets the job gives, as a caller knows them. */
  credentials: string[];
  /** How long the job waits for an endpoint that is not up, s. */
  waitS: number;
  traits: EndpointTraits;
  /** Whether the prompt has images. */
  hasImages: boolean;
  outputTokens: number;
  /** Whether an answer used up its tokens before any output was seen. */
  thinksUnseen: boolean;
  /** Whether the model ended its answer to the first prompt before any output. Then another prompt is asked. */
  hasEndedAtOnce: boolean;
  /** Whether a request was lost already by a fault that one may be unlucky to meet. */
  wasUnlucky: boolean;
}

/** What reasoning that is not seen gets beside an answer's own tokens, or it could use them all up. */
export const ROOM_TOKENS = 1024;

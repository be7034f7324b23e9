import type { Ask, OpenRequest } from "../request/request.ts";

/** One user's connection to the endpoint: at most one socket, kept alive between requests, opened anew when it was lost. */
export interface Connection {
  /** Opens the socket ahead of the first request. Where that fails, the first request tries again and records its failure. */
  open(): Promise<void>;
  /**
   * Sends one request and reads its stream; not before the one before it has ended. Never rejects: whatever happens is a record.
   * `sent` is stamped right before the request is written (where no connection came about: when it was asked for), chunks when
   * their socket became readable.
   */
  send(ask: Ask): OpenRequest;
  /** Destroys the socket and ends what runs on it; the next request opens a new one. */
  cut(): void;
}

/** Makes connections to one target; they share what may be shared, such as TLS sessions and DNS answers. */
export type Transport = () => Connection;

/** Below the 5 s after which node and uvicorn close an idle connection: a request sent into that close would be lost. */
export const KEEP_ALIVE_MS = 4000;

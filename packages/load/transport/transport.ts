import type { ArrivalClock } from "@brimline/core/record/record";
import type { Ask, OpenRequest } from "../request/request.ts";

/**
 * One user's connection to the endpoint. It has one socket for its requests, which is kept alive between them and
 * opened anew when it was lost. Where the endpoint holds the socket of an answer that is done, the next request takes
 * another, and the first serves again once the answer's body has ended.
 */
export interface Connection {
  /**
   * Opens the socket ahead of the first request. If that fails, the first request opens it again and records
   * its own failure.
   */
  open(): Promise<void>;
  /**
   * Sends one request and reads its stream. It must not be called before the last request is done. It never
   * rejects: whatever happens is in the record. `sent` is stamped right before the request is written, or,
   * where no connection was opened, when it was asked for. Chunks are stamped when their socket became
   * readable.
   */
  send(ask: Ask): OpenRequest;
  /** Destroys its sockets and ends the requests on them. The next request opens a new one. */
  cut(): void;
}

/** Makes connections to one target. They share what may be shared, such as TLS sessions and DNS answers. */
export interface Transport {
  (): Connection;
  /** Whose clock stamps what its connections read. */
  clock: ArrivalClock;
}

/**
 * It is below the 5 s after which node and uvicorn close an idle connection: a request sent into that close
 * has to be sent again.
 */
export const KEEP_ALIVE_MS = 4000;

import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A request that the endpoint got. */
export interface Seen {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
  /** The `performance.now()` at the end of its body. */
  atMs: number;
}

export interface Scripted {
  /** The base URL, with /v1. */
  url: string;
  port: number;
  seen: Seen[];
  /** The number of answers that have begun and not ended. */
  open(): number;
  /** The number of connections that were opened in all. */
  connections(): number;
  /** Cuts every connection and frees the port. */
  close(): Promise<void>;
}

/** Starts a real HTTP server on loopback that answers the nth request as `answer` does. */
export async function scriptedEndpoint(
  answer: (response: ServerResponse, seen: Seen, nth: number) => unknown,
): Promise<Scripted> {
  const seen: Seen[] = [];
  const open = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const text = Buffer.concat(pieces).toString("utf8");
      const { method = "", url: path = "", headers } = request;
      const got = {
        method,
        path,
        headers,
        body: text === "" ? {} : JSON.parse(text),
        atMs: performance.now(),
      };
      seen.push(got);
      open.add(response);
      response.on("close", () => open.delete(response));
      answer(response, got, seen.length - 1);
    });
  });
  let connections = 0;
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    port,
    seen,
    open: () => open.size,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * A part of an answer: bytes or text to write, ms to wait, or the end of the connection in the middle of the
 * body.
 */
export type AnswerPart = string | Uint8Array | number | typeof CUT;
export const CUT = Symbol("cut");

/**
 * Writes a body part by part. What comes before a wait is read before what comes after it, even on a busy
 * machine.
 */
export async function play(
  response: ServerResponse,
  parts: AnswerPart[],
  head: { status?: number; headers?: Record<string, string> } = {},
): Promise<void> {
  response.writeHead(head.status ?? 200, { "content-type": "text/event-stream", ...head.headers });
  response.flushHeaders();
  for (const part of parts) {
    if (typeof part === "number") await pause(part);
    else if (part === CUT) return void response.destroy();
    else response.write(part);
  }
  response.end();
}

/**
 * A process that was held up finds its timer due before it has looked at its sockets, so it gets time to
 * look.
 */
async function pause(ms: number): Promise<void> {
  await sleep(ms);
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
}

/** One chat-completion chunk as a stream event. */
export const chunk = (delta: Record<string, unknown>, more: Record<string, unknown> = {}): string => {
  const { finish_reason = null, ...rest } = more;
  return `data: ${JSON.stringify({ object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }], ...rest })}\n\n`;
};

export const word = (content: string, more: Record<string, unknown> = {}): string => chunk({ content }, more);
/** The chunk that ends an answer. */
export const STOP = chunk({}, { finish_reason: "stop" });
export const DONE = "data: [DONE]\n\n";

/** Writes three words in about 60 ms. */
export const quick = (response: ServerResponse): Promise<void> =>
  play(response, [20, word("a"), 20, word("b"), 20, word("c"), STOP, DONE]);

/** Writes a word every 20 ms, a thousand of them, and never says that the answer is whole. */
export const forever = (response: ServerResponse): Promise<void> =>
  play(response, Array.from({ length: 1000 }, () => [word("a"), 20]).flat());

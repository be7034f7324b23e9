import { createServer, type Socket } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { hrtimeMs, type ServerOptions, streamAsked, type AskedStream, type StreamTruth } from "./stream.ts";

/**
 * The endpoint that a process measures itself against. It is a thread of that process, so that both read one
 * monotonic clock and neither waits for the other's event loop. It uses plain `net`, because node's `http`
 * writes only at the end of the turn in which the time was noted. It posts its port at the start, and its log
 * of streams whenever it is asked.
 */

const HEAD = Buffer.from(
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
);
const WORDS = [" the", " a", " stream", " of", " words", " as", " an", " engine", " sends", " it"];
const REQUEST_BYTES_MAX = 16 * 1024;

function frame(event: string): Buffer {
  const line = `data: ${event}\n\n`;
  return Buffer.from(`${Buffer.byteLength(line).toString(16)}\r\n${line}\r\n`);
}

const chunkFrame = (choices: object[], more: object = {}): Buffer =>
  frame(
    JSON.stringify({
      id: "chatcmpl-certificate",
      object: "chat.completion.chunk",
      created: 0,
      model: "certificate",
      choices,
      ...more,
    }),
  );

const FRAMES = WORDS.map((content) => chunkFrame([{ index: 0, delta: { content }, finish_reason: null }]));
const frames = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, nth) => FRAMES[nth % FRAMES.length] ?? HEAD);

const tail = (chunks: number): Buffer =>
  Buffer.concat([
    chunkFrame([{ index: 0, delta: {}, finish_reason: "length" }]),
    chunkFrame([], { usage: { prompt_tokens: 1, completion_tokens: chunks, total_tokens: chunks + 1 } }),
    frame("[DONE]"),
    Buffer.from("0\r\n\r\n"),
  ]);

function answer(socket: Socket, { chunks, gapMs }: AskedStream, truth: StreamTruth): void {
  const [first = HEAD, ...rest] = frames(chunks);
  const pieces = [Buffer.concat([HEAD, first]), ...rest];
  if (gapMs === 0) {
    socket.write(Buffer.concat([...pieces, tail(chunks)]));
    return;
  }
  const left = pieces.values();
  const timer = setInterval(() => {
    if (socket.destroyed) return clearInterval(timer);
    const { value } = left.next();
    if (value === undefined) {
      clearInterval(timer);
      socket.write(tail(chunks));
      return;
    }
    truth.writtenMs.push(hrtimeMs());
    socket.write(value);
  }, gapMs);
}

function serve(port: NonNullable<typeof parentPort>, options: ServerOptions): void {
  const log: StreamTruth[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    let text = "";
    const take = (piece: string, receivedMs: number): void => {
      text += piece;
      if (text.length > REQUEST_BYTES_MAX) socket.destroy();
      if (!isWhole(text)) return;
      const asked = streamAsked(options, text);
      text = "";
      if (asked === null) {
        socket.destroy();
        return;
      }
      const truth = { index: asked.index, receivedMs, writtenMs: [] };
      log.push(truth);
      answer(socket, asked, truth);
    };
    socket.setEncoding("latin1");
    socket.on("error", () => socket.destroy());
    socket.on("data", (piece: string) => take(piece, hrtimeMs()));
  });
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    if (address !== null && typeof address === "object") port.postMessage(address.port);
  });
  port.on("message", () => port.postMessage(log));
}

/** Whether the head of the request is here, and as much body as it announces. */
function isWhole(text: string): boolean {
  const headBytes = text.indexOf("\r\n\r\n");
  const bodyBytes = Number(
    /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, Math.max(0, headBytes)))?.[1] ?? 0,
  );
  return headBytes >= 0 && text.length >= headBytes + 4 + bodyBytes;
}

if (parentPort !== null) serve(parentPort, workerData as ServerOptions);

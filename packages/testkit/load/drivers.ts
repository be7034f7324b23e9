import { chat } from "@brimline/core/dialect/chat";
import type { RequestRecord } from "@brimline/core/record/record";
import { createGuard } from "@brimline/load/guard/guard";
import type { OpenWire } from "@brimline/load/guard/wire";
import { REQUEST_LIMITS } from "@brimline/load/request/request";
import { createClosing } from "@brimline/load/transport/closing";
import { createReaders } from "@brimline/load/transport/learning";
import type { Connection } from "@brimline/load/transport/transport";
import { undiciConnection } from "./undici-connection.ts";
import { wireConnection } from "@brimline/load/transport/wire-connection";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import type { TornAnswer } from "./answers.ts";
import { WIRES } from "./wires.ts";

/** A driver's connection to a server on loopback, and how many bytes of the latest socket it has read. */
interface Reader {
  connection: Connection;
  bytesRead(): number;
}

const guard = createGuard({ profile: "local" });

function overWire(target: URL, open: OpenWire): Reader {
  let bytesRead = 0;
  const counting: OpenWire = (to, sink) => {
    bytesRead = 0;
    return open(to, {
      read(bytes, count, ...when) {
        bytesRead += count;
        sink.read(bytes, count, ...when);
      },
      ended: () => sink.ended(),
      failed: (error) => sink.failed(error),
    });
  };
  const dial = guard.dial(target, { connectTimeoutMs: 5000 }, counting);
  return {
    connection: wireConnection(target, dial, REQUEST_LIMITS, createClosing(), createReaders()),
    bytesRead: () => bytesRead,
  };
}

function overUndici(target: URL): Reader {
  let socket: Socket | null = null;
  const connect = guard.connect({ connectTimeoutMs: 5000 });
  const connection = undiciConnection(
    target,
    (options, callback) =>
      connect(options, (...outcome) => {
        socket = outcome[1];
        callback(...outcome);
      }),
    REQUEST_LIMITS,
  );
  return { connection, bytesRead: () => socket?.bytesRead ?? 0 };
}

/** The drivers that this machine has. The first is the reference. */
const DRIVERS = new Map<string, (target: URL) => Reader>([
  ["undici", overUndici],
  ...WIRES.map(([name, open]) => [name, (target: URL) => overWire(target, open)] as const),
]);
export const DRIVER_NAMES = [...DRIVERS.keys()];

/**
 * The records of requests to a server on loopback that gives these answers, one after the other. Each piece is
 * written when the one before was read, so that every driver finds the same reads. Where an answer is not whole
 * although all its bytes were read, the server hangs up.
 */
export async function recordsOf(driver: string, answers: TornAnswer[]): Promise<RequestRecord[]> {
  const start = DRIVERS.get(driver);
  if (start === undefined) throw new Error(`no driver ${driver}`);
  const queue = [...answers];
  const sockets: Socket[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    let written = 0;
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      // The body ends the request.
      if (bytes.toString("latin1").endsWith("{}")) state.playing = play(queue.shift());
    });
    async function play(answer: TornAnswer | undefined): Promise<void> {
      for (const piece of answer?.pieces ?? []) {
        if (socket.destroyed || socket.writableEnded) return;
        socket.write(piece);
        written += piece.length;
        while (reader.bytesRead() < written && !socket.destroyed) await turn();
        await turns();
      }
      for (let waited = 0; waited < WHOLE_TURNS && !state.hasEnded; waited++) await turns();
      if (!state.hasEnded) socket.end();
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const reader = start(new URL(`http://127.0.0.1:${port}/v1`));
  /** What the play and the request tell each other. */
  const state = { hasEnded: false, playing: Promise.resolve() };
  const records: RequestRecord[] = [];
  for (let index = 0; index < answers.length; index++) {
    state.hasEnded = false;
    const request = reader.connection.send({
      index,
      user: 0,
      t0Ms: performance.now(),
      dueMs: 0,
      dialect: chat,
      path: "/v1/chat/completions",
      headers: {},
      body: "{}",
      outputTokens: 8,
      limits: REQUEST_LIMITS,
      explain: (_kind, text) => text,
    });
    const { record } = await request.ended;
    state.hasEnded = true;
    records.push(record);
    await state.playing;
    await turns();
  }
  reader.connection.cut();
  for (const socket of sockets) socket.destroy();
  server.close();
  return records;
}

/** How long an answer has to be found whole after its last byte was read, in threes of turns. */
const WHOLE_TURNS = 5;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A time stamp lasts to the end of its turn, and what is scheduled in a turn may run in the next. */
async function turns(): Promise<void> {
  for (let nth = 0; nth < 3; nth++) await turn();
}

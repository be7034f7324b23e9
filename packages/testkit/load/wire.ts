import { chat } from "@brimline/core/dialect/chat";
import type { RequestRecord } from "@brimline/core/record/record";
import type { OnReadOpts, Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { Duplex } from "node:stream";
import type { buildConnector } from "undici";
import { REQUEST_LIMITS } from "@brimline/load/request/request";
import { socketConnection } from "@brimline/load/transport/socket";
import type { Connection } from "@brimline/load/transport/transport";
import { undiciConnection } from "@brimline/load/transport/undici";
import type { TornAnswer } from "./answers.ts";

const TARGET = new URL("http://127.0.0.1:8000/v1");

/**
 * Stands in place of a socket. Each piece of the next answer is read in a turn of its own, and the connection
 * ends where the bytes end.
 */
class Wire extends Duplex {
  readonly #answers: TornAnswer[];
  readonly #deliver: (wire: Wire, piece: Buffer) => void;

  constructor(answers: TornAnswer[], deliver: (wire: Wire, piece: Buffer) => void) {
    super({ allowHalfOpen: false });
    this.#answers = answers;
    this.#deliver = deliver;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: string, written: () => void): void {
    written();
    // The body ends the request.
    if (bytes.toString("latin1").endsWith("{}")) void this.#play(this.#answers.shift());
  }

  async #play(answer: TornAnswer | undefined): Promise<void> {
    await turns();
    for (const piece of answer?.pieces ?? []) {
      if (this.destroyed) return;
      this.#deliver(this, piece);
      await turns();
    }
  }

  /** The peer hangs up. */
  hangUp(): void {
    if (this.destroyed) return;
    this.push(null);
    this.read(0);
  }
}

/** A time stamp lasts to the end of its turn, and what is scheduled in a turn may run in the next. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
}

/** Waits for longer than the longest answer takes. */
async function manyTurns(): Promise<false> {
  for (let turn = 0; turn < 60; turn++) await turns();
  return false;
}

/** The records of requests to a server that gives these answers, one after the other, over each transport. */
export const READERS = {
  undici: (answers: TornAnswer[]): Promise<RequestRecord[]> => {
    const queue = [...answers];
    const wires: Wire[] = [];
    const connect: buildConnector.connector = (_options, callback) => {
      const wire = new Wire(queue, (to, piece) => to.push(Buffer.from(piece)));
      wires.push(wire);
      setImmediate(() => callback(null, wire as unknown as Socket));
    };
    return recordsOf(undiciConnection(TARGET, connect, REQUEST_LIMITS), answers.length, wires);
  },
  socket: (answers: TornAnswer[]): Promise<RequestRecord[]> => {
    const queue = [...answers];
    const wires: Wire[] = [];
    const dial = async (onread: OnReadOpts): Promise<Socket> => {
      const bytes = onread.buffer as Buffer;
      const wire = new Wire(queue, (_to, piece) => {
        bytes.fill(0x22);
        piece.copy(bytes);
        onread.callback(piece.length, bytes);
      });
      wires.push(wire);
      await turns();
      return wire as unknown as Socket;
    };
    return recordsOf(socketConnection(TARGET, dial, REQUEST_LIMITS), answers.length, wires);
  },
};

async function recordsOf(connection: Connection, requests: number, wires: Wire[]): Promise<RequestRecord[]> {
  const records: RequestRecord[] = [];
  for (let index = 0; index < requests; index++) {
    const request = connection.send({
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
    const hasEnded = await Promise.race([request.ended.then(() => true), manyTurns()]);
    // All bytes were written, and the answer is still not whole.
    if (!hasEnded) for (const wire of wires) wire.hangUp();
    records.push((await request.ended).record);
    await turns();
  }
  connection.cut();
  return records;
}

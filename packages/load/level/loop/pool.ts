import { performance } from "node:perf_hooks";
import type { Stop } from "../stop.ts";
import type { Connection } from "../../transport/transport.ts";
import { OPENED_AT_ONCE } from "./loop.ts";

/** Connections of an open loop, where nobody knows beforehand how many are needed at once. */
export interface ConnectionPool {
  /** Opens so many, then keeps some ready: each one that is taken is replaced before it is needed. */
  open(count: number): Promise<void>;
  /** Returns an open connection if there is one. Otherwise it returns a new one, which its request opens. */
  take(): Connection;
  /** Keeps a sound connection for the next request, and closes one whose request failed. */
  giveBack(connection: Connection, isSound: boolean): void;
  close(): void;
}

/** It is below the 4 s after which we close an idle connection, and the 5 s of most servers. */
export const IDLE_MAX_MS = 3000;
const LOOKED_AFTER_MS = 500;

/**
 * `ready` is how many idle connections are kept open until sending stops. The one that has been idle longest
 * is used first, so that few grow too old.
 */
export function createConnectionPool(
  connect: () => Connection,
  ready: number,
  stop: Pick<Stop, "isStopped">,
): ConnectionPool {
  const idle: { connection: Connection; sinceMs: number }[] = [];
  const all = new Set<Connection>();
  let opening = 0;
  let keeper: NodeJS.Timeout | null = null;

  function add(): Connection {
    const connection = connect();
    all.add(connection);
    return connection;
  }

  function drop(connection: Connection): void {
    all.delete(connection);
    connection.cut();
  }

  function dropOld(): void {
    const oldestMs = performance.now() - IDLE_MAX_MS;
    for (let first = idle[0]; first !== undefined && first.sinceMs < oldestMs; first = idle[0]) {
      idle.shift();
      drop(first.connection);
    }
  }

  async function openOne(): Promise<void> {
    const connection = add();
    opening++;
    await connection.open();
    opening--;
    if (all.has(connection)) idle.push({ connection, sinceMs: performance.now() });
  }

  function refill(): void {
    while (!stop.isStopped && idle.length + opening < ready && opening < OPENED_AT_ONCE) void openOne();
  }

  return {
    async open(count) {
      keeper = setInterval(() => {
        dropOld();
        refill();
      }, LOOKED_AFTER_MS);
      for (let left = count; left > 0; left -= OPENED_AT_ONCE) {
        if (keeper === null) return;
        await Promise.all(Array.from({ length: Math.min(left, OPENED_AT_ONCE) }, openOne));
      }
    },
    take() {
      dropOld();
      const connection = idle.shift()?.connection ?? add();
      if (keeper !== null) refill();
      return connection;
    },
    giveBack(connection, isSound) {
      if (isSound) idle.push({ connection, sinceMs: performance.now() });
      else drop(connection);
    },
    close() {
      if (keeper !== null) clearInterval(keeper);
      keeper = null;
      for (const connection of all) connection.cut();
      all.clear();
      idle.length = 0;
    },
  };
}

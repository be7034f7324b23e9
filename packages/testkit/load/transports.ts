import { loadTransport, type TransportOptions } from "@brimline/load/transport/load-transport";
import type { Transport } from "@brimline/load/transport/transport";
import { undiciConnection } from "@brimline/load/transport/undici";

/** The transport that load is sent over, and undici, with which it is compared. */
export const TRANSPORTS = {
  socket: loadTransport,
  undici({ target, guard, limits }): Transport {
    const connect = guard.connect({ connectTimeoutMs: limits.connectMs });
    return Object.assign(() => undiciConnection(target, connect, limits), { clock: "process" } as const);
  },
} satisfies Record<string, (options: TransportOptions) => Transport>;

export type TransportName = keyof typeof TRANSPORTS;

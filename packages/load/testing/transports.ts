import { loadTransport, type TransportOptions } from "../transport/load.ts";
import type { Transport } from "../transport/transport.ts";
import { undiciConnection } from "../transport/undici.ts";

/** The one that load goes over, and undici, which it is held against. */
export const TRANSPORTS = {
  socket: loadTransport,
  undici({ target, guard, limits }): Transport {
    const connect = guard.connect({ connectTimeoutMs: limits.connectMs });
    return () => undiciConnection(target, connect, limits);
  },
} satisfies Record<string, (options: TransportOptions) => Transport>;

export type TransportName = keyof typeof TRANSPORTS;

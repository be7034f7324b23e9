import type { Guard } from "../guard/guard.ts";
import type { ConnectionLimits } from "../request.ts";
import { socketConnection } from "./socket.ts";
import type { Transport } from "./transport.ts";
import { undiciConnection } from "./undici.ts";

/** What a driver needs: where to, past whom, and bounds. */
export interface TransportOptions {
  target: URL;
  guard: Guard;
  limits: ConnectionLimits;
}

/** `socket` is the one for load; `undici` takes any endpoint, whatever its HTTP, and is what the other is held against. */
export const TRANSPORTS = {
  socket({ target, guard, limits }): Transport {
    const dial = guard.dial(target, { connectTimeoutMs: limits.connectMs });
    return () => socketConnection(target, dial, limits);
  },
  undici({ target, guard, limits }): Transport {
    const connect = guard.connect({ connectTimeoutMs: limits.connectMs });
    return () => undiciConnection(target, connect, limits);
  },
} satisfies Record<string, (options: TransportOptions) => Transport>;

export type TransportName = keyof typeof TRANSPORTS;

/** What load goes over, and what its certificate speaks of. Preflight stays with undici. */
export const LOAD_TRANSPORT = "socket" satisfies TransportName;

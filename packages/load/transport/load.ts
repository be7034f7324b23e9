import type { Guard } from "../guard/guard.ts";
import type { ConnectionLimits } from "../request/request.ts";
import { socketConnection } from "./socket.ts";
import type { Transport } from "./transport.ts";

/** What a driver needs: where to, past whom, and bounds. */
export interface TransportOptions {
  target: URL;
  guard: Guard;
  limits: ConnectionLimits;
}

/** What load goes over, and what its certificate speaks of. Preflight stays with undici, which takes any endpoint, whatever its HTTP. */
export const LOAD_TRANSPORT = "socket";

/** Makes the connections of a shard, which share TLS sessions and DNS answers. */
export function loadTransport({ target, guard, limits }: TransportOptions): Transport {
  const dial = guard.dial(target, { connectTimeoutMs: limits.connectMs });
  return () => socketConnection(target, dial, limits);
}

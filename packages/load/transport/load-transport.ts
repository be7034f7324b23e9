import type { Guard } from "../guard/guard.ts";
import type { ConnectionLimits } from "../request/request.ts";
import { socketConnection } from "./socket.ts";
import type { Connection, Transport } from "./transport.ts";

/** What a transport needs: where to connect, past which guard, and the bounds. */
export interface TransportOptions {
  target: URL;
  guard: Guard;
  limits: ConnectionLimits;
}

/**
 * The transport that load is sent over, and that the certificate speaks of. Preflight uses undici, which
 * takes any endpoint, whatever its HTTP is like.
 */
export const LOAD_TRANSPORT = "socket";

/** Makes the connections of a shard, which share TLS sessions and DNS answers. */
export function loadTransport({ target, guard, limits }: TransportOptions): Transport {
  const dial = guard.dial(target, { connectTimeoutMs: limits.connectMs });
  const connect = (): Connection => socketConnection(target, dial, limits);
  return Object.assign(connect, { clock: "process" } as const);
}

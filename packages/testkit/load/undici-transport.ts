import type { Transport } from "@brimline/load/transport/transport";
import type { TransportOptions } from "@brimline/load/transport/transport-over";
import { undiciConnection } from "./undici-connection.ts";

/** The transport over undici, which preflight uses and with which the others are compared. */
export function undiciTransport({ target, guard, limits, tls = {} }: TransportOptions): Transport {
  const connect = guard.connect({ connectTimeoutMs: limits.connectMs, tls });
  return Object.assign(() => undiciConnection(target, connect, limits), { clock: "process" } as const);
}

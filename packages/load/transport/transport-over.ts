import type { ArrivalClock } from "@brimline/core/record/record";
import type { ConnectOptions } from "../guard/answers.ts";
import type { Guard } from "../guard/guard.ts";
import type { OpenWire } from "../guard/wire.ts";
import type { ConnectionLimits } from "../request/request.ts";
import { createClosing } from "./closing.ts";
import { createReaders } from "./learning.ts";
import type { Connection, Transport } from "./transport.ts";
import { wireConnection } from "./wire-connection.ts";

/** What a transport needs: where to connect, past which guard, the bounds, and what TLS trusts and shows. */
export interface TransportOptions {
  target: URL;
  guard: Guard;
  limits: ConnectionLimits;
  tls?: NonNullable<ConnectOptions["tls"]>;
}

/**
 * Makes the connections of a shard over one driver's wires, which share TLS sessions and DNS answers. `clock`
 * says who stamps what the driver reads.
 */
export const transportOver =
  (open: OpenWire, clock: ArrivalClock) =>
  ({ target, guard, limits, tls = {} }: TransportOptions): Transport => {
    const dial = guard.dial(target, { connectTimeoutMs: limits.connectMs, tls }, open);
    const closing = createClosing();
    const readEvents = createReaders();
    const connect = (): Connection => wireConnection(target, dial, limits, closing, readEvents);
    return Object.assign(connect, { clock });
  };

import type { ArrivalClock } from "@brimline/core/record/record";
import { performance } from "node:perf_hooks";
import type { ConnectOptions } from "../guard/answers.ts";
import type { Guard } from "../guard/guard.ts";
import type { OpenWire } from "../guard/wire.ts";
import { tryKernel } from "../kernel/trial.ts";
import type { ConnectionLimits } from "../request/request.ts";
import { createClosing } from "./closing.ts";
import { kernelWire } from "./kernel-wire.ts";
import { openNodeWire } from "./node-wire.ts";
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
const transportOver =
  (open: OpenWire, clock: ArrivalClock) =>
  ({ target, guard, limits, tls = {} }: TransportOptions): Transport => {
    const dial = guard.dial(target, { connectTimeoutMs: limits.connectMs, tls }, open);
    const closing = createClosing();
    const connect = (): Connection => wireConnection(target, dial, limits, closing);
    return Object.assign(connect, { clock });
  };

const { kernel, whyNot } = await tryKernel();

/** Why the kernel stamps nothing in this process, or null if it does. */
export const WHY_NO_KERNEL = whyNot;

/** By Node's own sockets, which run everywhere. */
export const socketTransport = transportOver(openNodeWire, "process");
/** By the kernel's sockets, or null where there are none that stamp. */
export const kernelTransport = kernel === null ? null : transportOver(kernelWire(kernel), "kernel");

/**
 * The transport that load is sent over, and that the certificate speaks of. Preflight uses undici, which
 * takes any endpoint, whatever its HTTP is like.
 */
export const loadTransport = kernelTransport ?? socketTransport;
export const LOAD_TRANSPORT = kernelTransport === null ? "socket" : "kernel";

/** The transport of the load, which tells of each write when the kernel had taken the bytes. */
export const loadTransportTelling = (onWritten: (atMs: number) => void): typeof loadTransport => {
  const open = kernel === null ? openNodeWire : kernelWire(kernel);
  return transportOver(
    (target, sink) => {
      const wire = open(target, sink);
      return {
        ...wire,
        write(bytes) {
          wire.write(bytes);
          onWritten(performance.now());
        },
      };
    },
    kernel === null ? "process" : "kernel",
  );
};

import { performance } from "node:perf_hooks";
import { tryKernel } from "../kernel/trial.ts";
import { kernelWire } from "./kernel-wire.ts";
import { openNodeWire } from "./node-wire.ts";
import { transportOver } from "./transport-over.ts";

const { kernel, whyNot } = await tryKernel();

/** Why the kernel stamps nothing in this process, or null if it does. */
export const WHY_NO_KERNEL = whyNot;

/** By Node's own sockets, which run everywhere. */
export const socketTransport = transportOver(openNodeWire, "process");
/** By the kernel's sockets, or null where there are none that stamp. */
export const kernelTransport = kernel === null ? null : transportOver(kernelWire(kernel), "kernel");

/**
 * The transport that load is sent over, and that the certificate speaks of. Preflight reads by the same code, over
 * Node's own sockets.
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

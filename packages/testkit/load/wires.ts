import type { OpenWire } from "@brimline/load/guard/wire";
import { tryKernel } from "@brimline/load/kernel/trial";
import { kernelWire } from "@brimline/load/transport/kernel-wire";
import { openNodeWire } from "@brimline/load/transport/node-wire";

const { kernel } = await tryKernel();

/** The drivers of wires that this machine has, with their names. */
export const WIRES: [driver: string, open: OpenWire][] = [
  ["socket", openNodeWire],
  ...(kernel === null ? [] : [["kernel", kernelWire(kernel)] satisfies [string, OpenWire]]),
];

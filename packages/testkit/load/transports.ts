import { kernelTransport, socketTransport } from "@brimline/load/transport/load-transport";
import type { Transport } from "@brimline/load/transport/transport";
import type { TransportOptions } from "@brimline/load/transport/transport-over";
import { undiciTransport } from "./undici-transport.ts";

export type MakeTransport = (options: TransportOptions) => Transport;

/** What load is sent over, as far as this machine has it, and undici, with which it is compared. */
export const TRANSPORTS: readonly (readonly [name: string, make: MakeTransport])[] = [
  ...(kernelTransport === null ? [] : [["kernel", kernelTransport] as const]),
  ["socket", socketTransport],
  ["undici", undiciTransport],
];

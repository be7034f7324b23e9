import { createGuard } from "@brimline/load/guard/guard";
import { REQUEST_LIMITS } from "@brimline/load/request/request";
import { kernelTransport, socketTransport, WHY_NO_KERNEL } from "@brimline/load/transport/load-transport";
import type { Transport } from "@brimline/load/transport/transport";
import type { TransportOptions } from "@brimline/load/transport/transport-over";

/**
 * The product's transports by name. Each makes connections to one endpoint, as a user of the product's load
 * has them.
 */
export const DRIVERS = {
  async kernel(url: string): Promise<Transport> {
    if (kernelTransport === null) throw new Error(`the kernel stamps nothing here: ${WHY_NO_KERNEL}`);
    return kernelTransport(optionsFor(url));
  },
  socket: async (url: string): Promise<Transport> => socketTransport(optionsFor(url)),
  /**
   * It is loaded only when asked for, as in the product, so that the other's figures do not have its memory.
   */
  undici: async (url: string): Promise<Transport> =>
    (await import("@brimline/testkit/load/undici-transport")).undiciTransport(optionsFor(url)),
} as const satisfies Record<string, (url: string) => Promise<Transport>>;

function optionsFor(url: string): TransportOptions {
  const guard = createGuard({ profile: "local" });
  return { target: guard.judge(url), guard, limits: REQUEST_LIMITS };
}

export type DriverName = keyof typeof DRIVERS;

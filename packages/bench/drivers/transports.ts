import { createGuard } from "@brimline/load/guard/guard";
import { REQUEST_LIMITS } from "@brimline/load/request";
import { TRANSPORTS as DRIVERS } from "@brimline/load/transport/drivers";
import type { Transport } from "@brimline/load/transport/transport";

/** The product's transports by name: each makes connections to one endpoint, as one user of the product's load has them. */
export const TRANSPORTS = {
  socket: (url: string): Transport => DRIVERS.socket(optionsFor(url)),
  undici: (url: string): Transport => DRIVERS.undici(optionsFor(url)),
} as const satisfies Record<string, (url: string) => Transport>;

function optionsFor(url: string): Parameters<typeof DRIVERS.socket>[0] {
  const guard = createGuard({ profile: "local" });
  return { target: guard.judge(url), guard, limits: REQUEST_LIMITS };
}

export type TransportName = keyof typeof TRANSPORTS;

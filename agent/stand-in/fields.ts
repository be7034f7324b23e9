import { fileURLToPath } from "node:url";

export const NVIDIA_SMI = fileURLToPath(new URL("nvidia-smi.mjs", import.meta.url));

/** What an A40 with driver 550 answers, with units as printed. */
export const A40: Record<string, string> = {
  index: "0",
  uuid: "GPU-5f1c",
  name: "NVIDIA A40",
  driver_version: "550.54.15",
  "enforced.power.limit": "300.00 W",
  "power.limit": "300.00 W",
  compute_cap: "8.6",
  "power.draw": "258.91 W",
  "power.draw.instant": "271.44 W",
  "utilization.gpu": "97 %",
  "memory.used": "40123 MiB",
  "clocks.sm": "1740 MHz",
  "clocks.mem": "7251 MHz",
  "temperature.gpu": "64",
  "clocks_event_reasons.active": "0x0000000000000004",
  "clocks_throttle_reasons.active": "0x0000000000000004",
};

export const without = (...names: string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(A40).filter(([name]) => !names.includes(name)));

import { peakTflops } from "@brimline/core/metric/hardware/gpu";
import type { SampledGpu } from "@brimline/core/record/telemetry/gpu-sample";
import { number } from "@brimline/core/report/shown/cells";

/** One line for each kind of GPU that an agent sees, with the peak that MFU is measured against. */
export function gpuLines(gpus: readonly SampledGpu[]): string[] {
  return [...Map.groupBy(gpus, (gpu) => gpu.name)].map(([name, each]) => {
    const peak = peakTflops(name, null);
    const driver = each[0]?.driver === "sim" ? " (simulated)" : "";
    const count = each.length === 1 ? "" : `${each.length} × `;
    return `${count}${name}${driver}, ${peak === null ? "peak unknown, so no MFU: give gpu.peakTflops" : `dense 16-bit peak ${number(peak)} TFLOPS each`}`;
  });
}

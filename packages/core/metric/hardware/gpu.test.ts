import { describe, expect, test } from "vitest";
import { GPUS } from "./gpu-table.ts";
import { gpuFacts, peakTflops } from "./gpu.ts";

describe("the GPU table", () => {
  const independent = GPUS.filter((gpu) => gpu.arithmetic !== null);

  test("most entries state their arithmetic", () => expect(independent.length).toBeGreaterThan(25));

  test.each(independent.map((gpu) => [gpu.id, gpu] as const))(
    "the 16-bit peak of %s is units × FLOP per clock × boost clock",
    (_, gpu) => {
      const { units = 0, flopPerClock = 0, boostMHz = 0 } = gpu.arithmetic ?? {};
      const derivedTflops = (units * flopPerClock * boostMHz) / 1e6;
      const stated = Math.max(gpu.denseTflops.fp16 ?? 0, gpu.denseTflops.bf16 ?? 0);
      expect(Math.abs(derivedTflops / stated - 1)).toBeLessThan(0.013);
    },
  );

  test("a name belongs to one entry, and every entry names its sources", () => {
    const names = GPUS.flatMap((gpu) => gpu.names);
    expect(new Set(names).size).toBe(names.length);
    expect(GPUS.filter((gpu) => gpu.sources.length === 0 || gpu.names.length === 0)).toEqual([]);
  });

  test("narrower types are never slower", () => {
    for (const { id, denseTflops } of GPUS) {
      const rising = [denseTflops.bf16, denseTflops.fp8, denseTflops.fp4].filter((peak) => peak !== null);
      expect(rising, id).toEqual(rising.toSorted((a, b) => a - b));
    }
  });
});

test.each([
  ["an A40 has 149.7 dense TFLOPS without a dtype", "NVIDIA A40", null, 149.7],
  ["bf16 is known by its long name", "NVIDIA A40", "bfloat16", 149.7],
  ["an H100 has twice as much in fp8", "NVIDIA H100 80GB HBM3", "fp8", 1978.9],
  ["the PCIe part is not the SXM part", "NVIDIA H100 PCIe", "bfloat16", 756],
  ["a T4 has no bf16, so without a dtype its fp16 counts", "Tesla T4", null, 65],
  ["a T4's bf16 peak is unknown", "Tesla T4", "bfloat16", null],
  ["an unknown dtype has no peak", "NVIDIA A40", "float32", null],
  ["a dtype named like a property of every object has no peak", "NVIDIA A40", "constructor", null],
  ["an unknown GPU has no peak", "NVIDIA A41", null, null],
  ["a name in another letter case is not known", "nvidia a40", null, null],
  ["the beginning of a name is not known", "NVIDIA H200 NVL 2", null, null],
])("%s", (_, name, dtype, peak) => expect(peakTflops(name, dtype)).toBe(peak));

test("a V100's memory follows from its name", () => {
  expect(gpuFacts("Tesla V100-SXM2-16GB")?.memoryGB).toBe(16);
  expect(gpuFacts("Tesla V100-SXM2-32GB")?.memoryGB).toBe(32);
});

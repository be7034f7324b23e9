/**
 * The columns of source `gpu`, and the values that each can have. A line with a value outside is refused,
 * because one such value would spoil every mean.
 */
export const GPU_COLUMNS = {
  powerW: { unit: "W", least: 0, most: 5000 },
  /**
   * `powerW` is the mean over this long before the reading (1000 for nvidia-smi's `power.draw` on most GPUs).
   * 0 or null means that `powerW` is an instant reading.
   */
  powerMeanMs: { unit: "ms", least: 0, most: 60_000 },
  energyJ: { unit: "J", least: 0, most: 1e13 },
  utilPercent: { unit: "%", least: 0, most: 100 },
  memoryMiB: { unit: "MiBy", least: 0, most: 1e7 },
  smMHz: { unit: "MHz", least: 0, most: 1e5 },
  memMHz: { unit: "MHz", least: 0, most: 1e5 },
  tempC: { unit: "Cel", least: -50, most: 150 },
  /** The bit mask of clock event reasons as NVML names them. */
  throttle: { unit: "1", least: 0, most: Number.MAX_SAFE_INTEGER, isWhole: true },
} as const;
export type GpuColumn = keyof typeof GPU_COLUMNS;

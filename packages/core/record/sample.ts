import { z } from "zod";

/**
 * Raw telemetry, `brimline.sample/1`: a segment is gzipped NDJSON. The first line is a `SegmentHeader`, and
 * every other line is one array in the order of `columns`. Agents outlive servers, so the format only grows.
 * Null means that the value could not be read.
 */
export const SAMPLE_SCHEMA = "brimline.sample/1";

/**
 * The names carry the units. The first two columns are the agent's monotonic clock in ms and the GPU's index.
 */
export const SAMPLE_COLUMNS = [
  "monotonicMs",
  "gpu",
  "powerW",
  "energyJ",
  "utilPercent",
  "memoryMiB",
  "smMHz",
  "memMHz",
  "tempC",
  "throttle",
] as const;
export type SampleColumn = (typeof SAMPLE_COLUMNS)[number];

/**
 * One clock probe: the agent sends it, the server receives and answers it, the agent receives the answer. The
 * first and the last time are the agent's monotonic ms, the other two are Unix ms.
 */
export const ClockProbe = z.tuple([z.number(), z.number(), z.number(), z.number()]);
export type ClockProbe = z.infer<typeof ClockProbe>;

export const SampledGpu = z.object({
  index: z.int().min(0),
  uuid: z.string().max(100),
  name: z.string().max(100),
  driver: z.string().max(50),
  limitW: z.number().nullable(),
  /**
   * `powerW` is the mean over this long before the reading (1000 for nvidia-smi's `power.draw` on most GPUs).
   * If it is absent, `powerW` is an instant reading.
   */
  powerMeanMs: z.number().min(0).max(60_000).optional(),
});
export type SampledGpu = z.infer<typeof SampledGpu>;

export const SegmentHeader = z.object({
  schema: z.literal(SAMPLE_SCHEMA),
  agent: z.string(),
  /** It changes at each start of the agent, when the monotonic clock and the sequence begin anew. */
  boot: z.string().regex(/^[a-z0-9]{1,32}$/),
  host: z.string().max(255),
  /**
   * The agent's own wall clock at its monotonic 0, Unix ms. It places the samples, with an unknown error, if
   * no probe came through.
   */
  startedUnixMs: z.number().min(0).max(1e14).optional(),
  gpus: z.array(SampledGpu).max(64),
  columns: z.array(z.string()).min(2).max(64),
  probes: z.array(ClockProbe).max(10_000),
});
export type SegmentHeader = z.infer<typeof SegmentHeader>;

/** One reading of one GPU. The agent's clock is already corrected to Unix ms of the server. */
export interface Sample {
  unixMs: number;
  gpu: number;
  powerW: number | null;
  energyJ: number | null;
  utilPercent: number | null;
  memoryMiB: number | null;
  smMHz: number | null;
  memMHz: number | null;
  tempC: number | null;
  /** The bit mask of clock event reasons as NVML names them. */
  throttle: number | null;
  /** See `SampledGpu.powerMeanMs`. */
  powerMeanMs?: number;
}

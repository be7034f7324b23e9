import { z } from "zod";
import type { ColumnRule } from "./column-rule.ts";
import { GPU_COLUMNS } from "./gpu-columns.ts";
import { HOST_COLUMNS } from "./host-columns.ts";
import { serverColumnRule } from "./server-columns.ts";

/**
 * Raw telemetry, `brimline.sample/1`: a segment is gzipped NDJSON, all of it from one source. The first line
 * is a `SegmentHeader`. Every other line is an array: the writer's monotonic clock in ms, the index of the
 * identity that was read, then a value for each of `columns`. Null means that the value could not be read.
 */
export const SAMPLE_SCHEMA = "brimline.sample/1";

const areDistinct = (values: unknown[]): boolean => new Set(values).size === values.length;

/** What was sampled: GPUs by their driver, an inference server by its own metrics, or the host around them. */
export const Source = z.enum(["gpu", "server", "host"]);
export type Source = z.infer<typeof Source>;

/** What one value of a row is. The unit is written as OpenTelemetry does (UCUM): `W`, `%`, `s`, `1`. */
export const Column = z.object({
  name: z.string().regex(/^[a-zA-Z][a-zA-Z0-9_:]{0,99}$/),
  unit: z.string().max(40),
});
export type Column = z.infer<typeof Column>;

/** What core knows of a column. A column of no rule, for which it is null, may hold any number. */
export function columnRule(source: Source, name: string): ColumnRule | null {
  if (source === "server") return serverColumnRule(name);
  const rules: Record<string, ColumnRule> = source === "gpu" ? GPU_COLUMNS : HOST_COLUMNS;
  return Object.hasOwn(rules, name) ? (rules[name] ?? null) : null;
}

/** One thing that was sampled: a GPU, a server, a host. */
export const Identity = z.strictObject({
  /** It stands in the rows. */
  index: z.int().min(0).max(255),
  /** It is known by this over restarts. If it is empty, its index on its writer stands for it. */
  id: z.string().max(200),
  name: z.string().max(100),
  /** What else is known of it and does not change, such as a GPU's driver. */
  facts: z.record(
    z.string().regex(/^[a-z][a-zA-Z0-9]{0,39}$/),
    z.union([z.string().max(200), z.number(), z.null()]),
  ),
});
export type Identity = z.infer<typeof Identity>;

/** What a writer samples of one source. */
export const SampledSource = z.strictObject({
  source: Source,
  identities: z
    .array(Identity)
    .max(64)
    .refine((all) => areDistinct(all.map(({ index }) => index)), "must have an index of its own each"),
});
export type SampledSource = z.infer<typeof SampledSource>;

/**
 * One clock probe: the writer sends it, the server receives and answers it, the writer receives the answer.
 * The first and the last time are the writer's monotonic ms, the other two are Unix ms.
 */
export const ClockProbe = z.tuple([z.number(), z.number(), z.number(), z.number()]);
export type ClockProbe = z.infer<typeof ClockProbe>;

export const SegmentHeader = z.object({
  schema: z.literal(SAMPLE_SCHEMA),
  ...SampledSource.shape,
  /** Who wrote the segment: an agent's id today. */
  writer: z.string().regex(/^[a-zA-Z0-9._-]{1,200}$/),
  /** It changes at each start of the writer, when the monotonic clock and the sequence begin anew. */
  boot: z.string().regex(/^[a-z0-9]{1,32}$/),
  host: z.string().max(255),
  /**
   * The writer's own wall clock at its monotonic 0, Unix ms. It places the samples, with an unknown error, if
   * no probe came through.
   */
  startedUnixMs: z.number().min(0).max(1e14).optional(),
  columns: z
    .array(Column)
    .max(128)
    .refine((all) => areDistinct(all.map(({ name }) => name)), "must have a name of its own each"),
  probes: z.array(ClockProbe).max(10_000),
});
export type SegmentHeader = z.infer<typeof SegmentHeader>;

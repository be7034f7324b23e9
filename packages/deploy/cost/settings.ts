import { readFileSync } from "node:fs";
import { join } from "node:path";

type Source = [file: string, pattern: RegExp];

/** The numbers of the service that its cost follows from. They are read from the sources that act on them: a copy would drift. */
const SOURCES = {
  /** How often a shard writes its progress, and a stream of events looks. */
  progressMs: ["functions/aws.ts", /progressEveryMs: ([\d_]+)/],
  /** How often a shard looks whether it is cancelled. */
  controlMs: ["functions/aws.ts", /controlEveryMs: ([\d_]+)/],
  /** How long one stream of events may last. */
  eventsMs: ["functions/aws.ts", /EVENTS_MAX_MS = ([\d_]+)/],
  openJobs: ["functions/aws.ts", /openJobs: ([\d_]+)/],
  /** From the decision for a level to its start. */
  leadMs: ["functions/aws/limits.ts", /LEAD_MS = ([\d_]+)/],
  usersPerShard: ["functions/aws/limits.ts", /USERS_PER_SHARD = ([\d_]+)/],
  shardsMax: ["functions/aws/limits.ts", /SHARDS_MAX = ([\d_]+)/],
  spareFunctions: ["functions/aws/limits.ts", /SPARE_FUNCTIONS = ([\d_]+)/],
  /** How often aggregate looks for late telemetry. */
  lookMs: ["functions/tasks/telemetry.ts", /LOOK_EVERY_MS = ([\d_]+)/],
  /** Of segments that it has not placed in time yet. */
  readAtOnce: ["functions/tasks/telemetry.ts", /READ_AT_ONCE = ([\d_]+)/],
  /** How often an agent asks where to upload, seals its samples and compares clocks, while a job runs that names it and at rest. */
  uploadMs: ["agent/rhythm.ts", /awaited: \{ pollMs: ([\d_]+)/],
  segmentMs: ["agent/rhythm.ts", /awaited: \{.* partMs: ([\d_]+)/],
  probeMs: ["agent/rhythm.ts", /awaited: \{.* probeMs: ([\d_]+)/],
  restUploadMs: ["agent/rhythm.ts", /resting: \{ pollMs: ([\d_]+)/],
  restSegmentMs: ["agent/rhythm.ts", /resting: \{.* partMs: ([\d_]+)/],
  restProbeMs: ["agent/rhythm.ts", /resting: \{.* probeMs: ([\d_]+)/],
  sampleMs: ["agent/collector.ts", /SAMPLE_MS = ([\d_]+)/],
  probes: ["agent/probes.ts", /PROBES = ([\d_]+)/],
  /** Small requests to the store side by side. */
  inputsAtOnce: ["functions/tasks/freeze.ts", /INPUTS_AT_ONCE = ([\d_]+)/],
  atOnce: ["packages/store/at-once.ts", /REQUESTS_AT_ONCE = ([\d_]+)/],
  levelsMax: ["packages/core/job/spec.ts", /z\.array\(LevelSpec\)\.min\(1\)\.max\(([\d_]+)\)/],
} satisfies Record<string, Source>;

export type Settings = Record<keyof typeof SOURCES, number>;

const root = join(import.meta.dirname, "../../..");

/** Throws where a source has no such number any more: then the model must be looked at. */
export function readSettings(): Settings {
  const read = ([file, pattern]: Source): number => {
    const number = pattern.exec(readFileSync(join(root, file), "utf8"))?.[1];
    if (number === undefined) throw new Error(`${file} has no ${pattern.source}`);
    return Number(number.replaceAll("_", ""));
  };
  return Object.fromEntries(
    Object.entries(SOURCES).map(([name, source]) => [name, read(source)]),
  ) as Settings;
}

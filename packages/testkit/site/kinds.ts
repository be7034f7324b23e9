import { rateLoad } from "@brimline/core/load/rate";
import { aggregate } from "@brimline/core/report/aggregate";
import type { Report } from "@brimline/core/report/schema";
import {
  CREATED_UNIX_MS,
  failedRequest,
  type KnownLevel,
  syntheticJob,
  syntheticLevel,
} from "../synthetic.ts";
import { fixtureReport } from "./report.ts";
import { fixtures } from "./reports.ts";

const LEVEL_MS = 60_000;

const levelOf = (nth: number, users: number): KnownLevel =>
  syntheticLevel({
    id: `l${String(nth + 1).padStart(2, "0")}`,
    users,
    ttftMs: 30 + 2 * users,
    gapMs: 24 + 0.1 * users,
    outputTokens: 20,
    durationS: 20,
    t0UnixMs: CREATED_UNIX_MS + nth * LEVEL_MS,
  });

const withAll = (
  level: KnownLevel,
  change: (record: KnownLevel["shards"][number]["records"][number]) => typeof record,
): KnownLevel => ({
  ...level,
  shards: level.shards.map((shard) => ({ ...shard, records: shard.records.map(change) })),
});

/** The sweep as one of two hours on eight GPUs: its timeline has as many rows as a report keeps. */
function longReport(): Report {
  const { sweep } = fixtures;
  const ROWS = 720;
  const STEP_S = 10;
  const { columns } = sweep.timeline;
  const stretched = (values: (number | null)[]): (number | null)[] =>
    Array.from({ length: ROWS }, (_, row) => values[Math.floor((row * values.length) / ROWS)] ?? null);
  const rows = Math.max(...Object.values(columns).map((values) => values.length));
  const times = (ROWS * STEP_S) / (rows * sweep.timeline.stepS);
  return {
    ...sweep,
    id: "long0000000000000000",
    name: "Two hours on eight GPUs",
    gpus: sweep.gpus.flatMap((gpu) =>
      Array.from({ length: 8 }, (_, at) => ({ ...gpu, uuid: `${gpu.uuid}-${at}` })),
    ),
    levels: sweep.levels.map((level) => ({
      ...level,
      runs: level.runs.map((run) => ({
        ...run,
        startS: run.startS * times,
        durationS: run.durationS * times,
      })),
    })),
    timeline: {
      startS: 0,
      stepS: STEP_S,
      columns: Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, stretched(values)])),
    },
  };
}

/** One report of every kind that a page may be of. */
export const kinds = (): Record<string, Report> => ({
  ...fixtures,
  thirty: fixtureReport({
    id: "thirty00000000000000",
    users: Array.from({ length: 30 }, (_, index) => 4 * (index + 1)),
    hasSlo: true,
    name: "Thirty levels",
  }),
  noGpu: fixtureReport({
    id: "nogpu000000000000000",
    users: [10, 50, 100],
    hasGpu: false,
    hasSlo: true,
    name: "Three levels, no GPU",
  }),
  long: longReport(),
  failed: aggregate(
    syntheticJob(
      [2, 4].map((users, nth) =>
        withAll(levelOf(nth, users), ({ sentMs }) => failedRequest(sentMs, "http_5xx", 20)),
      ),
    ),
  ),
  rates: aggregate(
    syntheticJob(
      [2, 4, 8].map((users, nth) => {
        const level = levelOf(nth, users);
        return { ...level, plan: { ...level.plan, load: rateLoad({ rate: users, arrival: "poisson" }) } };
      }),
      { levels: [2, 4, 8].map((rate) => ({ rate })), slo: { ttftMs: 500 } },
    ),
  ),
  search: aggregate(
    syntheticJob(
      [8, 64, 32, 48].map((users, nth) => levelOf(nth, users)),
      { levels: { search: {} }, slo: { ttftMs: 120 } },
    ),
  ),
});

import type { LevelEnd } from "@brimline/core/job/level/attempt";
import { levelCounters } from "@brimline/core/job/level/level";
import { isMeasured, type LevelPlan } from "@brimline/core/job/level/level-plan";
import { plan } from "@brimline/core/job/plan/plan";
import { isBelowObjective } from "@brimline/core/job/search/objective";
import { JobSpec } from "@brimline/core/job/spec/spec";
import { demandOf } from "@brimline/core/load";
import { toldWithNeighbours } from "@brimline/core/math/neighbours";
import { judgedBounds, sloMet } from "@brimline/core/metric/objective";
import { steadyRuns } from "@brimline/core/metric/window/run";
import { tableOfRecords } from "@brimline/core/record/columns/table-reader";
import type { LevelInput } from "@brimline/core/report/input";
import { runsOf } from "@brimline/core/report/level";
import { createLatencies } from "@brimline/load/level/latencies";
import { plausibleLevel } from "@brimline/testkit/plausible-job";
import { recordOf } from "../intervals/level.ts";
import { answersOf, type Endpoint, MAX_USERS, PERCENTILE } from "./endpoints.ts";

/** What a search of an endpoint found, and what it took. */
export interface Searched {
  /** The highest load that the report calls met, and the lowest beyond it that it calls missed. */
  met: number;
  missed: number;
  levels: number;
  requests: number;
  seconds: number;
  /** Loads that the search took for told, and those among them of which the report cannot tell. */
  told: number;
  unclear: number;
}

/** From one level's end to the next one's start, s. */
const BETWEEN_S = 0.6;

type Ended = Pick<LevelEnd, "plan" | "counters"> & { input: LevelInput };

/** Runs the product's own search in virtual time, and judges its levels as a report does. */
export function searched(endpoint: Endpoint, withinS: number, seed: string): Searched {
  const spec = JobSpec.parse({
    endpoint: { url: "http://127.0.0.1:8000/v1", model: "virtual" },
    levels: { search: { withinS } },
    slo: { [endpoint.bound.latency]: endpoint.bound.ms, percentile: PERCENTILE },
  });
  const ended: Ended[] = [];
  const taken = { requests: 0, seconds: 0 };
  let largestE2eMs: number | null = null;
  for (;;) {
    const left = { users: MAX_USERS, timeS: withinS - taken.seconds - BETWEEN_S, requests: Infinity };
    const next = plan(spec, ended, left);
    if (next === null) break;
    const ran = ranOnce(endpoint, { spec, level: next, largestE2eMs }, `${seed} ${ended.length}`);
    ended.push(ran.end);
    taken.requests += ran.requests;
    if (isMeasured(ran.end)) taken.seconds += ran.seconds + BETWEEN_S;
    else largestE2eMs = ran.largestE2eMs;
  }
  const measured = ended.filter(isMeasured);
  const loads = [...Map.groupBy(measured, ({ plan: { load } }) => demandOf(load).value)].toSorted(
    ([a], [b]) => a - b,
  );
  const all = loads.map(([, levels]) => levels);
  const judged = loads.map(([users, levels], index) => ({
    users,
    met: toldWithNeighbours(all, index, (some) => reportedMet(spec, some, largestE2eMs))?.told ?? null,
    isTold: spec.slo !== undefined && isBelowObjective(spec.slo, levels) !== null,
  }));
  const told = judged.filter(({ isTold }) => isTold);
  const met = judged.findLast((load) => load.met === true)?.users ?? 0;
  const missed = judged.find((load) => load.met === false && load.users > met)?.users ?? Infinity;
  return {
    met,
    missed,
    levels: measured.length,
    ...taken,
    told: told.length,
    unclear: told.filter((load) => load.met === null).length,
  };
}

/** What the report says of the objective at a load, by the records of all its levels. */
function reportedMet(spec: JobSpec, levels: Ended[], largestWarmupE2eMs: number | null): boolean | null {
  const inputs = levels.map(({ input }) => input);
  const runs = runsOf(inputs, { largestWarmupE2eMs, isPart: true }).map(({ run }) => run);
  const judged = { isOpenLoop: false, streams: true, isBunched: false };
  return spec.slo === undefined ? null : sloMet(judgedBounds(steadyRuns(runs), spec.slo, judged));
}

function ranOnce(
  endpoint: Endpoint,
  { spec, level, largestE2eMs }: { spec: JobSpec; level: LevelPlan; largestE2eMs: number | null },
  seed: string,
): { end: Ended; requests: number; seconds: number; largestE2eMs: number } {
  const users = demandOf(level.load).value;
  const ramp = 1000 * level.rampS;
  const stopMs = ramp + 1000 * (level.stop.durationS ?? 0);
  const requests = level.stop.requests ?? Infinity;
  const records = answersOf(endpoint, { users, ramp, stopMs, requests }, seed).map(recordOf);
  const e2esMs = records.map(({ sentMs, lastMs }) => (lastMs ?? 0) - sentMs).toSorted((a, b) => a - b);
  const latencies = createLatencies({
    slo: spec.slo ?? null,
    isOpenLoop: false,
    fromMs: ramp + (largestE2eMs ?? 0),
    sliced: { startMs: ramp, endMs: stopMs },
  });
  for (const record of records) latencies.add(record);
  const endMs = records.reduce((latest, { doneMs }) => Math.max(latest, doneMs ?? 0), 0);
  const { summaries } = plausibleLevel([{ requests: records.length, endMs }], users);
  const shards = summaries.map((summary) => ({
    ...summary,
    stopMs: Math.min(stopMs, endMs),
    drainEndMs: endMs,
    medianE2eMs: e2esMs[Math.floor(e2esMs.length / 2)] ?? null,
    outputTokens: records.reduce((sum, { tokens }) => sum + (tokens.output ?? 0), 0),
    latencies: latencies.counts(),
    slices: latencies.slices(),
  }));
  return {
    end: {
      plan: level,
      counters: levelCounters("completed", shards, { load: level.load, percentile: PERCENTILE }),
      input: {
        plan: level,
        attempt: 1,
        state: "completed",
        reason: null,
        missingShards: 0,
        shards: shards.map((summary) => ({ summary, records: tableOfRecords(records) })),
      },
    },
    requests: records.length,
    seconds: endMs / 1000,
    largestE2eMs: e2esMs.at(-1) ?? 0,
  };
}

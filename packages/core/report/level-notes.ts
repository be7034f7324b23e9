import { contamination } from "../metric/contamination.ts";
import type { Run } from "../metric/run.ts";
import { ttftDrifts } from "../metric/steady.ts";
import type { Figure, Load } from "./figure.ts";
import type { LevelInput } from "./input.ts";
import type { LevelContext } from "./context.ts";
import type { Level } from "./schema.ts";
import type { Steady } from "./steady.ts";
import { clientLimited, endedEarly, lateStart, shardsLost, underDelivered, type Note } from "./validity.ts";

interface Measured {
  inputs: LevelInput[];
  runs: Run[];
  steady: Steady;
  load: Load;
  flying: Figure;
  completedPerS: Figure;
  latencies: Pick<Level, "ttftMs" | "chunkGapMs">;
  cachedPercent: number | null;
  okCount: number;
  context: LevelContext;
}

/** Everything that makes a level less than valid. */
export function levelNotes(level: Measured): Note[] {
  const { inputs, steady, latencies } = level;
  const summaries = inputs.flatMap((input) => input.shards.map((shard) => shard.summary));
  const certificates = summaries.flatMap((summary) => summary.certificate ?? []);
  const missing = inputs.reduce((sum, input) => sum + input.missingShards, 0);
  return [
    ...inputs.flatMap((input) => endedEarly(input.state, input.reason)),
    ...withoutWindow(level),
    ...shardsLost(missing, summaries.length),
    ...delivered(level),
    ...clientLimited(largest(certificates.map((certificate) => certificate.addedTtftP99Ms)), latencies.ttftMs.p50),
    ...clientLimited(largest(certificates.map((certificate) => certificate.addedGapP99Ms)), latencies.chunkGapMs.p50),
    ...(ttftDrifts(steady.runs) ? [{ reason: "not_steady", makes: "indicative" } as const] : []),
    ...contaminated(level),
    ...lateStart(summaries.map((summary) => summary.startLagMs)),
  ];
}

const largest = (values: number[]): number | null => (values.length === 0 ? null : Math.max(...values));

/** A level of which nothing succeeded says nothing; one without a steady window has its full-run figures alone. */
function withoutWindow({ steady, okCount }: Measured): Note[] {
  if (steady.runs.length > 0) return [];
  return [{ reason: steady.whyNot, makes: okCount === 0 ? "invalid" : "indicative" }];
}

/** In flight against users, less the share that think time takes by design; in an open loop what completes against what is offered. */
function delivered({ load, runs, flying, completedPerS, context }: Measured): Note[] {
  if (load.kind === "rate") return underDelivered(completedPerS.value, load.ratePerS);
  const medianE2eMs = largest(runs.flatMap((run) => run.medianE2eMs ?? []));
  const share = medianE2eMs === null || context.thinkTimeMs === 0 ? 1 : medianE2eMs / (medianE2eMs + context.thinkTimeMs);
  return underDelivered(flying.value, load.users * share);
}

function contaminated({ cachedPercent, context }: Measured): Note[] {
  if (context.unwantedCache === null) return [];
  const makes = contamination(cachedPercent, context.unwantedCache.warmupPercent);
  return makes === "valid" ? [] : [{ reason: "contaminated", makes }];
}

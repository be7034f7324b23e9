import type { ClientBound } from "../metric/certificate.ts";
import { contamination } from "../metric/contamination.ts";
import type { Share } from "../metric/statistics/mean.ts";
import type { Run, SteadyRun } from "../metric/window/run.ts";
import type { Offered } from "../metric/offered.ts";
import { isUnsteady } from "../metric/window/unsteady.ts";
import { inFlightBySlice } from "../metric/throughput.ts";
import type { ShardSummary } from "../record/record.ts";
import type { Figure } from "../figure.ts";
import { demandOf, type Load } from "../load.ts";
import type { LevelInput } from "./input.ts";
import type { LevelContext } from "./context.ts";
import type { Level } from "./schema.ts";
import type { Steady } from "./figures/measured.ts";
import {
  clientMakes,
  endedEarly,
  lateStart,
  mergedChunks,
  shardsLost,
  underDelivered,
  type Note,
} from "./validity.ts";

interface Measured {
  inputs: LevelInput[];
  runs: Run[];
  steady: Steady;
  load: Load;
  flying: Figure;
  /** It is null in a closed loop. */
  offered: Offered | null;
  latencies: Pick<Level, "ttftMs" | "chunkGapMs">;
  /** The output tokens that arrived in each slice of a run's window. */
  tokensBySlice: (run: SteadyRun) => Share[];
  /** Whether output came in bunches. */
  isBunched: boolean;
  /** It is null if all chunks have the kernel's clock. */
  client: Pick<ClientBound, "ttftMs" | "gapMs"> | null;
  cachedPercent: number | null;
  okCount: number;
  context: LevelContext;
}

/** Everything that makes a level less than valid. */
export function levelNotes(level: Measured): Note[] {
  const { inputs, steady } = level;
  const summaries = inputs.flatMap((input) => input.shards.map((shard) => shard.summary));
  const missing = inputs.reduce((sum, input) => sum + input.missingShards, 0);
  return [
    ...inputs.flatMap((input) => endedEarly(input.state, input.reason ?? saturatedBy(input))),
    ...withoutWindow(level),
    ...shardsLost(missing, summaries.length),
    ...delivered(level),
    ...byTheClient(level, summaries),
    ...(level.isBunched ? [{ reason: "coalesced", makes: "indicative" } as const] : []),
    ...(steady.runs.some((run) =>
      isUnsteady(run, level.load, {
        tokens: level.tokensBySlice(run),
        inFlight: inFlightBySlice(run),
      }),
    )
      ? [{ reason: "not_steady", makes: "indicative" } as const]
      : []),
    ...contaminated(level),
    ...lateStart(summaries.map((summary) => summary.startLagMs)),
  ];
}

const largest = (values: number[]): number | null => (values.length === 0 ? null : Math.max(...values));

/**
 * A level in which no request succeeded says nothing. One without a steady window has its full-run figures
 * alone.
 */
function withoutWindow({ steady, okCount }: Measured): Note[] {
  if (steady.runs.length > 0) return [];
  return [{ reason: steady.whyNot, makes: okCount === 0 ? "invalid" : "indicative" }];
}

/**
 * Why the level was ended, if the endpoint could not keep up with its rate. If shards ended differently the
 * worse reason counts.
 */
const saturatedBy = ({ shards }: LevelInput): "open_limit" | "over_saturated" | null =>
  (["open_limit", "over_saturated"] as const).find((why) =>
    shards.some(({ summary }) => summary.ended === why),
  ) ?? null;

/**
 * Compares what was in flight with the users, less the share that think time takes by design. In an open loop
 * it compares what was sent with what was due.
 */
function delivered({ load, runs, flying, offered, context }: Measured): Note[] {
  const { users } = demandOf(load);
  if (users === null) return offered === null ? [] : underDelivered(offered.sentPerS, offered.duePerS);
  const medianE2eMs = largest(runs.flatMap((run) => run.medianE2eMs ?? []));
  const share =
    medianE2eMs === null || context.thinkTimeMs === 0 ? 1 : medianE2eMs / (medianE2eMs + context.thinkTimeMs);
  return underDelivered(flying.value, users * share);
}

/**
 * By the kernel's clock the load generator limits a level by its merged chunks alone. By the process's it does so
 * by what it may add to TTFT and gap, which are the first to be bent. Without a window the median E2E, which is
 * longer than both, takes their place. Either way the load was in flight as asked, so the level is not invalid.
 */
function byTheClient({ runs, latencies, client }: Measured, summaries: ShardSummary[]): Note[] {
  const arrived = summaries.map(({ arrivals }) => arrivals);
  const e2eMs = largest(runs.flatMap((run) => run.medianE2eMs ?? []));
  const isBent =
    client !== null &&
    (clientMakes(client.ttftMs, latencies.ttftMs.p50.value ?? e2eMs) !== "valid" ||
      clientMakes(client.gapMs, latencies.chunkGapMs.p50.value ?? e2eMs) !== "valid");
  return [
    ...mergedChunks(
      arrived.reduce((sum, { merged }) => sum + merged, 0),
      arrived.reduce((sum, { chunks }) => sum + chunks, 0),
    ),
    ...(isBent ? [{ reason: "client_limited", makes: "indicative" } as const] : []),
  ];
}

function contaminated({ cachedPercent, context }: Measured): Note[] {
  if (context.unwantedCache === null) return [];
  const makes = contamination(cachedPercent, context.unwantedCache.templatePercent);
  return makes === "valid" ? [] : [{ reason: "contaminated", makes }];
}

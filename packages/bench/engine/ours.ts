import { tpotMs, ttftMs } from "@brimline/core/metric/statistics/latency";
import { okRows, type RequestRow } from "@brimline/core/record/columns/table";
import { tableOfRecords } from "@brimline/core/record/columns/table-reader";
import type { Spread } from "@brimline/core/figure";
import type { Level } from "@brimline/core/report/schema";
import type { ShardPlan } from "@brimline/load/level/shard-plan";
import { shardReport } from "@brimline/testkit/load/report";
import type { OwnFigures, OwnSpread } from "../peers/figures.ts";
import { lagQuantiles } from "../lag-quantiles.ts";
import type { ShardDone } from "../shards/start.ts";

/** The level of our report on a run of one shard. */
export function ourLevel({ spec, seed, level: plan }: ShardPlan, done: Omit<ShardDone, "t0ClockMs">): Level {
  const endpoint = { server: null, simulated: false, ignoreEos: true, usage: true, saysEnd: true };
  const { levels } = shardReport({ spec, seed, plan, endpoint }, done);
  const [level] = levels;
  if (level === undefined) throw new Error("no level in the report");
  return level;
}

/**
 * The figures of a level as the peers give theirs. Latencies are those of its steady window, and throughput is that of
 * the whole run.
 */
export function ourFigures(level: Level): OwnFigures {
  const spread = ({ mean, p50, p99 }: Spread): OwnSpread => ({
    mean: mean.value,
    p50: p50.value,
    p99: p99.value,
  });
  return {
    requests: level.requests.ok,
    failed: level.requests.failed,
    inputTokens: level.tokens.input,
    outputTokens: level.tokens.output,
    ttftMs: spread(level.ttftMs),
    tpotMs: spread(level.tpotMs),
    itlMs: spread(level.chunkGapMs),
    outputTokensPerS: level.fullRunOutputTokensPerS.value,
  };
}

/**
 * The report's figures with the latencies of all requests, by the same formulas. The difference shows what
 * the window does.
 */
export function wholeRunFigures(report: OwnFigures, { records }: Pick<ShardDone, "records">): OwnFigures {
  const table = tableOfRecords(records);
  const spread = (of: (request: RequestRow) => number | null): OwnSpread => {
    const values = Float64Array.from(Array.from(okRows(table), of).filter((value) => value !== null));
    const { p50 = null, p99 = null } = lagQuantiles(values) ?? {};
    return {
      mean: values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length,
      p50,
      p99,
    };
  };
  return { ...report, ttftMs: spread(ttftMs), tpotMs: spread(tpotMs) };
}

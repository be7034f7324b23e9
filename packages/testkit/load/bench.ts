import type { LevelPlan } from "@brimline/core/job/level/level-plan";
import type { JobRequest } from "@brimline/core/job/spec/spec";
import type { RequestRecord } from "@brimline/core/record/record";
import type { Level, Report } from "@brimline/core/report/schema";
import { createGuard } from "@brimline/load/guard/guard";
import { preflight, type Preflight } from "@brimline/load/preflight/preflight";
import { parted, shardOf } from "./level.ts";
import { shardReport } from "./report.ts";

/** What came of a small job. Without a good preflight there is neither a level nor a report. */
export interface Benched {
  preflight: Preflight;
  records: RequestRecord[];
  level: Level | null;
  report: Report | null;
}

/** Benchmarks an endpoint as a job does, without its service: preflight, one level in one shard, the report. */
export async function bench(
  url: string,
  { users = 2, requests = 16, job }: { users?: number; requests?: number; job?: Partial<JobRequest> } = {},
): Promise<Benched> {
  const request = { levels: [users], warmup: false as const, ...job, endpoint: { model: "m", url } };
  const parts = parted(request);
  const found = await preflight({ ...parts, guard: createGuard({ profile: "local" }) });
  if (found === null) throw new Error("preflight has no bound to its turn here");
  if (found.verdict === "rejected") return { preflight: found, records: [], level: null, report: null };
  const { without } = found.traits;
  const { records, summary } = await shardOf(url, { users, requests, job: request, without });
  const plan: LevelPlan = {
    id: "l01",
    role: "measured",
    load: { kind: "concurrency", users },
    stop: { durationS: null, requests },
    rampS: 0,
    repeat: 0,
  };
  const endpoint = {
    server: found.server,
    simulated: found.simulated,
    ignoreEos: found.ignoreEosHonoured,
    usage: found.usage,
    saysEnd: found.saysEnd,
    traits: found.traits,
  };
  const report = shardReport({ spec: parts.spec, seed: "seed", plan, endpoint }, { summary, records });
  return { preflight: found, records, level: report.levels[0] ?? null, report };
}

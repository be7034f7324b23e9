import type { JobShape } from "./job.ts";
import type { Settings } from "./settings.ts";
import type { Usage } from "./usage.ts";
import { hourUsage, jobUsage, sumOfUsage, timesUsage } from "./usage.ts";

export interface Scenario {
  name: string;
  usage: Usage;
}

const HOURS_A_MONTH = 730;
const JOBS_A_DAY = 1000;
/** How long the job below takes, its wait for the timer left out. */
const JOB_S = 180;

/** Answers of 100 tokens in 5 s, prompts of 500 tokens. */
const job = (levels: JobShape["levels"]): JobShape => ({
  levels,
  warmupS: 20,
  rampS: 5,
  answerS: 5,
  inputTokens: 500,
  outputTokens: 100,
  hasKey: true,
  hasWebhook: true,
  agents: [],
  idleS: 0,
  otherOpen: 0,
});
const SMALL = job([10, 50, 100].map((users) => ({ users, shards: 1, durationS: 30 })));
const LARGE = job([{ users: 10_000, shards: 40, durationS: 600 }]);
const NOBODY = { viewers: 0, watchedShards: 0, restingAgents: 0, awaitedAgents: 0, openJobs: 0 };

export function scenariosOf(settings: Settings): Scenario[] {
  const timer = hourUsage(NOBODY, settings);
  const beside = (hour: Partial<typeof NOBODY>): Usage =>
    sumOfUsage([hourUsage({ ...NOBODY, ...hour }, settings), timesUsage(timer, -1)]);
  const small = jobUsage(SMALL, settings);
  const openJobs = (JOBS_A_DAY * JOB_S) / 86_400;
  return [
    { name: "nothing but the timer, a month", usage: timesUsage(timer, HOURS_A_MONTH) },
    { name: "a job of 3 levels of 30 s: 10, 50, 100 users on one shard", usage: small },
    {
      name: "the same that names an agent: 15 s of quiet, its segments are read",
      usage: jobUsage({ ...SMALL, idleS: 15, agents: [{ segments: 18, around: 24 }] }, settings),
    },
    { name: "10,000 users for 10 min on 40 shards", usage: jobUsage(LARGE, settings) },
    {
      name: "1,000 such small jobs in a day, the timer with them",
      usage: sumOfUsage([
        timesUsage(small, JOBS_A_DAY),
        timesUsage(hourUsage({ ...NOBODY, openJobs }, settings), 24),
      ]),
    },
    {
      name: "an agent, a month in which no job names it",
      usage: timesUsage(beside({ restingAgents: 1 }), HOURS_A_MONTH),
    },
    { name: "an agent, an hour of jobs that name it", usage: beside({ awaitedAgents: 1 }) },
    {
      name: "a viewer of live progress, an hour, one shard",
      usage: beside({ viewers: 1, watchedShards: 1 }),
    },
    { name: "the same, 200 shards", usage: beside({ viewers: 1, watchedShards: 200 }) },
  ];
}

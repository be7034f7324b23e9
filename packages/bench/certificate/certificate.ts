import type { LevelInput } from "@brimline/core/report/input";
import { aggregate } from "@brimline/core/report/aggregate";
import { syntheticJob } from "@brimline/testkit/synthetic";
import type { Report } from "@brimline/core/report/schema";
import type { ClientError } from "@brimline/load/certificate/reading-error";
import type { ShardPlan } from "@brimline/load/level/shard-plan";
import { CORES } from "@brimline/testkit/pin";
import { startBusyLoop } from "../busy.ts";
import { benchLevel, type ShardDone, type ShardProcess, startShards } from "../shards/start.ts";
import type { Study } from "../study.ts";
import { type Stream, STREAM } from "../truth/parameters.ts";
import { logOf, startTruth } from "../truth/start.ts";
import { errorsTogether, type Judged, printedBy, type Proven, provenErrors } from "./proof.ts";
import { renderRounds, renderStarved } from "./tables.ts";

/** Answers take 0.8 s, so that 100 users have in some seconds the 368 of them that a p99 needs. */
const ANSWER: Stream = { ...STREAM, n: 40 };
const RAMP_S = (ANSWER.ttftUs + (ANSWER.n - 1) * ANSWER.gapUs) / 1e6;

interface Traffic {
  name: string;
  users: number;
  stream: Stream;
}

const TRAFFIC: [Traffic, ...Traffic[]] = [
  { name: "100 streams", users: 100, stream: ANSWER },
  { name: "1,000 streams", users: 1000, stream: ANSWER },
  { name: "burst: 250 on one tick", users: 250, stream: { ...ANSWER, sync: true } },
];
/** The time after all users have begun. */
const SECONDS = 4.5;

/** How the processes of the level are placed, and what disturbs them. */
interface Placement {
  name: string;
  shards: number;
  isStarved: boolean;
}

const STARVED: Placement[] = [
  { name: "one process", shards: 1, isStarved: false },
  { name: "one process, a busy loop on its core", shards: 1, isStarved: true },
  { name: "two processes", shards: 2, isStarved: false },
  { name: "two processes, a busy loop on the core of one", shards: 2, isStarved: true },
];

/**
 * Shows whether the error that a worker measures before a level is the one that the server's log proves after
 * it, and what a worker without CPU says.
 */
export const certificate: Study = {
  name: "certificate",
  title: "the certificate of each worker, by the server's log",
  quick: false,
  async run({ rounds, note }) {
    const levelOnce = async (traffic: Traffic, placement: Placement): Promise<Judged> => {
      const judged = await level(traffic, placement);
      for (const why of judged.uncertified)
        note(`certificate, ${placement.name}: a process has none, for ${why}`);
      return judged;
    };
    const measured: { traffic: string; round: number; judged: Judged }[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const traffic of TRAFFIC) {
        process.stderr.write(`round ${round + 1}/${rounds}  certificate  ${traffic.name}\n`);
        measured.push({
          traffic: traffic.name,
          round,
          judged: await levelOnce(traffic, { name: traffic.name, shards: 1, isStarved: false }),
        });
      }
    }
    const starved = [];
    for (const placement of CORES.client === null ? [] : STARVED) {
      process.stderr.write(`certificate  ${placement.name}\n`);
      starved.push({ name: placement.name, judged: await levelOnce(TRAFFIC[0], placement) });
    }
    return { text: `${renderRounds(measured)}\n\n${renderStarved(starved)}`, figures: { measured, starved } };
  },
};

/**
 * Runs one level in fresh processes. Each measures itself on any core with no other beside it, as the
 * product's workers do. Then each has a core: the first has the clients', and the second the server's, whose
 * work leaves room there.
 */
async function level({ users, stream }: Traffic, { shards, isStarved }: Placement): Promise<Judged> {
  const processes: ShardProcess[] = [];
  for (let shard = 0; shard < shards; shard++) {
    const started = await startShards(null, { streams: Math.ceil(users / shards) });
    started.pin(shard === 0 ? CORES.client : CORES.server);
    processes.push(started);
  }
  const truth = await startTruth(stream, { core: CORES.server, realtime: true });
  const stopLoop = isStarved ? startBusyLoop() : null;
  try {
    const job = { workload: { inputTokens: 16, outputTokens: stream.n } };
    const stop = { durationS: SECONDS, requests: null };
    const plans = benchLevel(
      `http://127.0.0.1:${truth.port}/v1`,
      shards,
      { kind: "concurrency", users },
      stop,
      job,
    ).map((plan): ShardPlan => ({
      ...plan,
      level: { ...plan.level, rampS: RAMP_S },
    }));
    const done = await Promise.all(
      processes.map((process, shard) => process.run({ plan: plans[shard] as ShardPlan, control: null })),
    );
    const log = await logOf(truth.port);
    return judge(
      plans,
      done,
      done.map((one, shard) => provenErrors(plans[shard] as ShardPlan, one, log)),
    );
  } finally {
    stopLoop?.();
    for (const process of processes) process.stop();
    await truth.stop();
  }
}

function judge([plan]: ShardPlan[], done: ShardDone[], proven: Proven<ClientError>[]): Judged {
  if (plan === undefined) throw new Error("no shard");
  const { addedTtftMs, addedGapMs, level } = reportOf(plan.level, done);
  return {
    printed: printedBy(done.map(({ summary }) => summary)),
    bound: { ttftMs: addedTtftMs, gapMs: addedGapMs },
    proven: {
      exact: errorsTogether(proven.map(({ exact }) => exact)),
      all: errorsTogether(proven.map(({ all }) => all)),
    },
    requests: sum(proven.map(({ all }) => all.ttftMs.length)),
    mergedPercent:
      (100 * sum(done.map(({ summary }) => summary.arrivals.merged))) /
      sum(done.map(({ summary }) => summary.arrivals.chunks)),
    uncertified: done.flatMap(({ summary }) => summary.uncertified ?? []),
    loopDelayP99Ms: done.map(({ summary }) => summary.eventLoop?.delayP99Ms ?? Number.NaN),
    reasons: level.reasons,
    gapValidity: level.chunkGapMs.p50.validity,
  };
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);

function reportOf(plan: LevelInput["plan"], done: ShardDone[]) {
  const job = syntheticJob([
    { plan, attempt: 1, state: "completed", reason: null, missingShards: 0, shards: done },
  ]);
  const report: Report = aggregate({
    ...job,
    createdAt: new Date(done[0]?.summary.t0UnixMs ?? 0).toISOString(),
  });
  const [level] = report.levels;
  if (level === undefined) throw new Error("no level");
  const { addedTtftMs, addedGapMs } = report.certificate;
  return { addedTtftMs: addedTtftMs.value, addedGapMs: addedGapMs.value, level };
}

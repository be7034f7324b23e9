import { type RateLoad, rateLoad } from "@brimline/core/load/rate";
import type { LevelPlan } from "@brimline/core/job/level/level-plan";
import type { RequestRecord } from "@brimline/core/record/record";
import type { ShardPlan } from "@brimline/load/level/shard-plan";
import { markdown } from "@brimline/testkit/markdown";
import { lagQuantiles } from "../lag-quantiles.ts";
import { CORES } from "@brimline/testkit/pin";
import { benchLevel, type ShardDone, type ShardProcess, startShards } from "../shards/start.ts";
import type { Study } from "../study.ts";
import type { StreamLog } from "../truth/log.ts";
import { type Stream, STREAM } from "../truth/parameters.ts";
import { logOf, startTruth, type Stats } from "../truth/start.ts";
import { meanOpen } from "./in-flight.ts";
import { criticalDistance, distance, exponentialCdf, halfGammaCdf } from "@brimline/testkit/ks";

/** Answers take a second, of which 1 % is 10 ms between one request and the next. */
const SECOND: Stream = { ...STREAM, n: 20, gapUs: 50_000 };
/** Users begin over one answer, as the product's do by default. */
const RAMP_S = 1;
/** Answers take a quarter of a second. */
const SHORT: Stream = { ...STREAM, n: 10 };
/** Embeddings and tiny models answer in so little time that a sweep of the sockets is a tenth of it. */
const BRIEF: Stream = { ...STREAM, n: 1, ttftUs: 5000 };
const CLOSED = [
  { users: 1, shards: 1, stream: SECOND },
  { users: 100, shards: 1, stream: SECOND },
  { users: 1000, shards: 4, stream: SECOND },
  { users: 1, shards: 1, stream: BRIEF },
  { users: 8, shards: 1, stream: BRIEF },
  { users: 32, shards: 1, stream: BRIEF },
];
const SHARDS = 4;
const RATE = 200;
const OPEN: { name: string; load: RateLoad; cdf: (meanMs: number) => (x: number) => number }[] = [
  {
    name: "exponential",
    load: rateLoad({ rate: RATE }),
    cdf: exponentialCdf,
  },
  {
    name: "gamma, shape ½",
    load: rateLoad({ rate: RATE, arrival: "gamma", burstiness: 0.5 }),
    cdf: halfGammaCdf,
  },
];
const SECONDS = { closed: 10, open: 60 };
const QUICK_SECONDS = { closed: 4, open: 10 };
/** The time after which all users have begun. */
const SETTLED_MS = 1500;

/** Runs one level against the truth server, over so many shards. */
interface Level {
  done: ShardDone[];
  log: StreamLog[];
  stats: Stats;
}

/**
 * Shows whether the load that was asked is delivered: users in flight, rate, gaps, times, and the same
 * requests for any number of shards.
 */
export const delivered: Study = {
  name: "delivered",
  title: "the load that was asked, by the server's log",
  quick: false,
  async run({ quick }) {
    const seconds = quick ? QUICK_SECONDS : SECONDS;
    const processes = await Promise.all(Array.from({ length: SHARDS }, () => startShards(null)));
    try {
      const closed = [];
      for (const { users, shards, stream } of CLOSED)
        closed.push({
          ...closedFigures(
            users,
            await level(processes.slice(0, shards), stream, closedLoad(users), seconds.closed),
          ),
          answerMs: (stream.ttftUs + (stream.n - 1) * stream.gapUs) / 1000,
        });
      const open = [];
      for (const { name, load, cdf } of OPEN) {
        const four = await level(processes, SHORT, load, seconds.open);
        const one = await level(processes.slice(0, 1), SHORT, load, seconds.open);
        open.push({
          gaps: name,
          ...openFigures(four, seconds.open, cdf(1000 / RATE)),
          sameAsOneShard: isSame(four, one),
        });
      }
      return { text: `${renderClosed(closed)}\n\n${renderOpen(open)}`, figures: { closed, open } };
    } finally {
      for (const process of processes) process.stop();
    }
  },
};

const closedLoad = (users: number): LevelPlan["load"] => ({ kind: "concurrency", users });

async function level(
  processes: ShardProcess[],
  stream: Stream,
  load: LevelPlan["load"],
  durationS: number,
): Promise<Level> {
  process.stderr.write(`delivered  ${JSON.stringify(load)}  ${processes.length} shards\n`);
  const truth = await startTruth(stream, { core: CORES.server, realtime: true });
  try {
    const job = { workload: { inputTokens: 16, outputTokens: stream.n } };
    const plans = benchLevel(
      `http://127.0.0.1:${truth.port}/v1`,
      processes.length,
      load,
      { durationS, requests: null },
      job,
    ).map((plan): ShardPlan => ({
      ...plan,
      level: { ...plan.level, rampS: load.kind === "concurrency" ? RAMP_S : 0 },
    }));
    const done = await Promise.all(
      plans.map((plan, shard) => (processes[shard] as ShardProcess).run({ plan, control: null })),
    );
    return { done, log: await logOf(truth.port), stats: await truth.stats() };
  } finally {
    await truth.stop();
  }
}

interface ClosedFigures {
  users: number;
  shards: number;
  /** Requests in flight from when the server had read one until it wrote its last chunk. */
  byServer: number;
  /** Requests in flight from sent to done, by the client's records. */
  byRecords: number;
  /** How long a user took from the end of an answer to its next request, ms. */
  againP50Ms: number;
  againP99Ms: number;
  failed: number;
}

function closedFigures(users: number, { done, log }: Level): ClosedFigures {
  const summaries = done.map(({ summary }) => summary);
  const stopMs = Math.min(...summaries.map((summary) => summary.stopMs));
  const records = done.flatMap((shard) => shard.records);
  const sent = records.map(({ sentMs, doneMs }) => ({ fromMs: sentMs, toMs: doneMs ?? Infinity }));
  const served = log.map(({ gotMs, writtenMs }) => ({ fromMs: gotMs, toMs: writtenMs.at(-1) ?? gotMs }));
  // The server's clock has another zero, so its first request is taken for that of T0.
  const beganMs =
    Math.min(...served.map(({ fromMs }) => fromMs)) - Math.min(...sent.map(({ fromMs }) => fromMs));
  const again = lagQuantiles(askedAgainMs(records));
  return {
    users,
    shards: done.length,
    byServer: meanOpen(served, beganMs + SETTLED_MS, beganMs + stopMs),
    byRecords: meanOpen(sent, SETTLED_MS, stopMs),
    againP50Ms: again?.p50 ?? Number.NaN,
    againP99Ms: again?.p99 ?? Number.NaN,
    failed: summaries.reduce((sum, { requests }) => sum + requests.failed, 0),
  };
}

function askedAgainMs(records: RequestRecord[]): Float64Array {
  const ofUsers = Map.groupBy(
    records.toSorted((a, b) => a.sentMs - b.sentMs),
    ({ user }) => user,
  );
  return Float64Array.from(
    [...ofUsers.values()].flatMap((own) =>
      own.slice(1).map(({ sentMs }, nth) => sentMs - (own[nth]?.doneMs ?? Number.NaN)),
    ),
  );
}

interface OpenFigures {
  requests: number;
  ratePerS: number;
  /**
   * Kolmogorov–Smirnov's distance of the gaps as scheduled, as sent and as they reached the server, and the
   * critical distance at 1 %.
   */
  dueD: number;
  sentD: number;
  gotD: number;
  criticalD: number;
  lagP50Ms: number;
  lagP99Ms: number;
  failed: number;
}

function openFigures({ done, log }: Level, durationS: number, cdf: (x: number) => number): OpenFigures {
  const records = done.flatMap((shard) => shard.records);
  const of = (times: number[]): number => distance(gapsOf(times), cdf);
  const lag = lagQuantiles(Float64Array.from(records, ({ sentMs, dueMs }) => sentMs - dueMs));
  return {
    requests: log.length,
    ratePerS: log.length / durationS,
    dueD: of(records.map(({ dueMs }) => dueMs)),
    sentD: of(records.map(({ sentMs }) => sentMs)),
    gotD: of(log.map(({ gotMs }) => gotMs)),
    criticalD: criticalDistance(log.length - 1),
    lagP50Ms: lag?.p50 ?? Number.NaN,
    lagP99Ms: lag?.p99 ?? Number.NaN,
    failed: done.reduce((sum, { summary }) => sum + summary.requests.failed, 0),
  };
}

function gapsOf(times: number[]): number[] {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted.slice(1).map((at, nth) => at - (sorted[nth] ?? Number.NaN));
}

/** Whether these are the same requests, byte for byte, due at the same times. */
function isSame(a: Level, b: Level): boolean {
  const due = ({ done }: Level): string =>
    JSON.stringify(
      done
        .flatMap(({ records }) => records.map(({ index, dueMs }) => [index, dueMs] as const))
        .toSorted((x, y) => x[0] - y[0]),
    );
  return a.stats.bodies === b.stats.bodies && due(a) === due(b);
}

function renderClosed(rows: (ClosedFigures & { answerMs: number })[]): string {
  const share = (mean: number, users: number): string => `${((100 * mean) / users).toFixed(2)} %`;
  return markdown(
    [
      "users",
      "shards",
      "answers, ms",
      "in flight, by the server",
      "by our records",
      "asked again p50",
      "p99",
      "failed",
    ],
    rows.map((row) => [
      String(row.users),
      String(row.shards),
      String(row.answerMs),
      share(row.byServer, row.users),
      share(row.byRecords, row.users),
      row.againP50Ms.toFixed(3),
      row.againP99Ms.toFixed(3),
      String(row.failed),
    ]),
  );
}

function renderOpen(rows: (OpenFigures & { gaps: string; sameAsOneShard: boolean })[]): string {
  return markdown(
    [
      `gaps at ${RATE}/s, ${SHARDS} shards`,
      "requests",
      "rate/s",
      "D due",
      "D sent",
      "D at the server",
      "D at 1 %",
      "send lag p50",
      "p99",
      "failed",
      "as from 1 shard",
    ],
    rows.map((row) => [
      row.gaps,
      row.requests.toLocaleString("en"),
      row.ratePerS.toFixed(2),
      ...[row.dueD, row.sentD, row.gotD, row.criticalD].map((d) => d.toFixed(4)),
      row.lagP50Ms.toFixed(3),
      row.lagP99Ms.toFixed(3),
      String(row.failed),
      row.sameAsOneShard ? "yes" : "no",
    ]),
  );
}

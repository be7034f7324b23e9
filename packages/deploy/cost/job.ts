import type { Settings } from "./settings.ts";
import type { Count, Tally } from "./tally.ts";
import { sumOf, tallyOf } from "./tally.ts";

/** A job as far as its cost depends on it. */
export interface JobShape {
  /** Runs of measured levels in their order: a level with repeats is there more than once. */
  levels: { users: number; shards: number; durationS: number }[];
  /** How long the warm-up loads; null = none. It runs on one shard. */
  warmupS: number | null;
  rampS: number;
  /** From a request to the end of its answer. */
  answerS: number;
  inputTokens: number;
  outputTokens: number;
  hasKey: boolean;
  /** Its webhook hears of the job's end. */
  hasWebhook: boolean;
  /** Agents that it names. `segments`: of each, those that overlap the job; `around`: those of the two hours before it besides. */
  agents: { segments: number; around: number }[];
  idleS: number;
  /** Other jobs that have not ended, when it is submitted. */
  otherOpen: number;
}

/** One run as the workflow sees it: the warm-up or a level. */
export interface Run {
  shards: number;
  /** Its ramp with it. */
  loadS: number;
  isWarmup: boolean;
}

/** What else happens on the way that the code does not fix; seconds. */
export const TIMES = {
  /** Of the lead, until a shard has started and read its objects: then it polls. */
  shardStartS: 0.5,
  /** Of the lead too, while a process measures its own error: once, before its first load. */
  certifyS: 4,
};

const LIST_MAX = 1000;
/** Looks for the last segment: one at once, the last one just after the upload, and between them on average half an agent's period. */
const looksFor = (uploadMs: number, lookMs: number): number => 2 + Math.round(uploadMs / 2 / lookMs);

/** What publish writes to the site: the report, its table, its page and all assets, most of which are there already. As counted of a job of three levels. */
export const PAGE = { files: 27, bytes: 785_000 };

export const runsOf = ({ levels, warmupS, rampS }: JobShape): Run[] => [
  ...(warmupS === null ? [] : [{ shards: 1, loadS: warmupS, isWarmup: true }]),
  ...levels.map(({ shards: count, durationS }) => ({
    shards: count,
    loadS: rampS + durationS,
    isWarmup: false,
  })),
];

/** How long all shards of a run live together: each its lead, its load, and the answers that are still coming then. */
export const shardSeconds = (run: Run, shape: JobShape, settings: Settings): number =>
  run.shards * livesS(run, shape, settings);

const livesS = ({ loadS }: Run, { answerS }: JobShape, { leadMs }: Settings): number =>
  leadMs / 1000 - TIMES.shardStartS + loadS + answerS;

/** Pages of a list: even an empty one is asked for. */
const pages = (keys: number): number => Math.max(1, Math.ceil(keys / LIST_MAX));

/** Objects of a run that has ended, under `raw/`: attempt, level, and for each shard records and summary. */
const rawKeys = (run: Run): number => 2 + 2 * run.shards;

/** What S3 is asked for one job, from its submission to its end. Nobody looks at it, and the timer is not in it. */
export function jobTally(shape: JobShape, settings: Settings): Tally {
  const runs = runsOf(shape);
  const events = 2 + shape.levels.length;
  return sumOf([
    submission(shape),
    preflight,
    started(shape, settings),
    ...runs.map((run, index) => oneRun({ run, finished: runs.slice(0, index), shape, settings })),
    // The last `next` finds that every level is done.
    decision(runs),
    reporting(shape, runs, settings),
    ended(events - 1),
    ...(shape.hasWebhook ? [notification(events)] : []),
  ]);
}

/** `POST /v1/jobs`, and what starts the workflow. */
const submission = ({ otherOpen, hasKey, hasWebhook, agents }: JobShape): Tally =>
  tallyOf([
    ["GET", "spec", 1],
    // Each agent is found, the job is written into it, and struck out after its end.
    ["GET", "agents", 3 * agents.length],
    ["PUT", "agents", 2 * agents.length],
    ["LIST", "open", pages(otherOpen)],
    ["PUT", "open", 1],
    ["PUT", "secret", hasKey ? 1 : 0],
    ["PUT", "webhook", hasWebhook ? 1 : 0],
    ["PUT", "control", 1],
    ["PUT", "spec", 1],
    ["PUT", "index", 1],
    // The lease of its host, left by the job before it or not, and the execution.
    ["GET", "spec", 1],
    ["PUT", "hosts", 1],
    ["GET", "execution", 1],
    ["PUT", "execution", 1],
    // The answer.
    ["GET", "spec", 1],
    ["GET", "status", 1],
  ]);

const preflight = tallyOf([
  // What was learnt, and whether anything was asked before.
  ["GET", "preflight", 2],
  ["GET", "spec", 1],
  ["GET", "secret", 1],
  // Each of two requests, and what was learnt.
  ["PUT", "preflight", 3],
]);

const STATUS: Count[] = [
  ["GET", "status", 1],
  ["PUT", "status", 1],
];

/** Writes one event, `before` being there already; `hasWaiting`: a webhook is to hear of it. */
const event = (before: number, hasWaiting = false): Tally =>
  tallyOf([
    ["GET", "spec", 1],
    ["LIST", "events", 1],
    ["GET", "events", before],
    ["PUT", "events", 1],
    ["LIST", "deliveries", 1],
    ["PUT", "outbox", hasWaiting ? 1 : 0],
  ]);

/** Begin, the first look for a cancel, the first event, the quiet time. */
const started = ({ idleS }: JobShape, { controlMs }: Settings): Tally =>
  sumOf([
    tallyOf([["GET", "status", 1], ["GET", "spec", 1], ...STATUS, ["GET", "control", 1]]),
    tallyOf([["GET", "spec", 1], ...STATUS, ["GET", "status", 1]]),
    event(0),
    tallyOf([
      ["GET", "spec", 1],
      ["GET", "idle", idleS > 0 ? 1 : 0],
      ["GET", "control", Math.ceil((1000 * idleS) / controlMs)],
      ["PUT", "idle", idleS > 0 ? 1 : 0],
    ]),
  ]);

/** Everything that ended runs left is listed, and how each ended is read: at every decision and after every level. */
const finishedRuns = (finished: Run[]): Tally =>
  tallyOf([
    ["LIST", "raw", pages(finished.reduce((sum, run) => sum + rawKeys(run), 0))],
    ["GET", "level", finished.length],
  ]);

const decision = (finished: Run[]): Tally =>
  sumOf([
    tallyOf([
      ["GET", "manifest", 1],
      ["GET", "control", 1],
      ["GET", "spec", 1],
    ]),
    finishedRuns(finished),
  ]);

interface RunContext {
  run: Run;
  finished: Run[];
  shape: JobShape;
  settings: Settings;
}

/** The decision for a run, its shards, its end and its event. */
function oneRun({ run, finished, shape, settings }: RunContext): Tally {
  const knowsWarmup = finished[0]?.isWarmup === true;
  const begun = tallyOf([
    // What the limits leave, whether an attempt was cut off, and the new one.
    ["GET", "status", 1],
    ["LIST", "raw", 2],
    ["GET", "attempt", 1],
    ["GET", "preflight", 1],
    ["GET", "spec", knowsWarmup ? 1 : 0],
    ["GET", "attempt", knowsWarmup ? 1 : 0],
    ["GET", "summary", knowsWarmup ? 1 : 0],
    ["GET", "records", knowsWarmup ? 1 : 0],
    ["PUT", "attempt", 1],
    ...STATUS,
  ]);
  const over = tallyOf([
    ["GET", "attempt", 1],
    ["GET", "summary", run.shards],
    ["GET", "control", 1],
    ["PUT", "level", 1],
  ]);
  const measured = finished.filter(({ isWarmup }) => !isWarmup).length;
  const told = run.isWarmup ? [] : [tallyOf([...STATUS, ["GET", "status", 1]]), event(1 + measured)];
  return sumOf([
    decision(finished),
    begun,
    shardsOf(run, { isFirst: finished.length === 0, shape, settings }),
    over,
    finishedRuns([...finished, run]),
    ...told,
  ]);
}

/** The shards of a run, side by side. */
function shardsOf(
  run: Run,
  { isFirst, shape, settings }: { isFirst: boolean; shape: JobShape; settings: Settings },
): Tally {
  const { controlMs, progressMs } = settings;
  const livesMs = 1000 * (livesS(run, shape, settings) - (isFirst ? TIMES.certifyS : 0));
  return tallyOf([
    ["GET", "summary", run.shards],
    ["GET", "spec", run.shards],
    ["GET", "attempt", 2 * run.shards],
    ["GET", "preflight", run.shards],
    ["GET", "secret", run.shards],
    ["GET", "control", run.shards * (1 + Math.floor(livesMs / controlMs))],
    ["PUT", "progress", run.shards * Math.floor(livesMs / progressMs)],
    ["PUT", "records", run.shards],
    ["PUT", "summary", run.shards],
  ]);
}

/** The report: its inputs are read once to be frozen, and once more to be added up. Then its page. */
function reporting({ agents }: JobShape, runs: Run[], { uploadMs, lookMs, readAtOnce }: Settings): Tally {
  const shardCount = runs.reduce((sum, run) => sum + run.shards, 0);
  const looks = agents.length === 0 ? 0 : looksFor(uploadMs, lookMs);
  const segments = agents.reduce((sum, agent) => sum + agent.segments, 0);
  return sumOf([
    tallyOf([["GET", "status", 1], ...STATUS]),
    finishedRuns(runs),
    tallyOf([
      ["GET", "report", 1],
      ["GET", "manifest", 1],
      ["GET", "spec", 1],
      ["GET", "idle", 1],
    ]),
    finishedRuns(runs),
    tallyOf([
      [
        "LIST",
        "telemetry",
        agents.reduce((sum, agent) => sum + looks * pages(agent.segments + agent.around), 0),
      ],
      // To be placed in time, to be frozen, to be added up. The last few that are placed ended before the job.
      [
        "GET",
        "telemetry",
        3 * segments + agents.reduce((sum, agent) => sum + Math.min(agent.around, readAtOnce), 0),
      ],
      ["GET", "spec", 2],
      ["GET", "preflight", 2],
      ["GET", "level", 2 * runs.length],
      // Besides, to know when the job began and ended.
      ["GET", "summary", 3 * shardCount],
      ["GET", "records", 2 * shardCount],
      ["PUT", "manifest", 1],
      ["GET", "manifest", 1],
      ["PUT", "report", 1],
      ["GET", "spec", 1],
      ["GET", "report", 1],
      ["PUT", "site", PAGE.files],
    ]),
  ]);
}

const ended = (eventsBefore: number): Tally =>
  sumOf([
    tallyOf([
      ["GET", "report", 1],
      ["LIST", "events", 1],
      ["GET", "events", eventsBefore + 1],
      ...STATUS,
      ["DELETE", "secret", 1],
      ["DELETE", "open", 1],
    ]),
    event(eventsBefore),
  ]);

/** One delivery, at the first try. */
const notification = (events: number): Tally =>
  tallyOf([
    ["PUT", "outbox", 1],
    ["LIST", "events", 1],
    ["GET", "events", events],
    ["GET", "spec", 1],
    ["LIST", "deliveries", 1],
    ["GET", "webhook", 1],
    ["PUT", "deliveries", 1],
    ["DELETE", "outbox", 1],
  ]);

/** Durable operations: the start is one, a step, a wait or an invoke one, a map one and another for each of its parts. */
export function durableOperations(shape: JobShape): number {
  const runs = runsOf(shape);
  const before = ["execution", "begin", "cancelled", "preflight", "started", "idle"].length;
  const after =
    ["next", "reporting", "aggregate", "publish", "end", "close"].length + (shape.hasWebhook ? 1 : 0);
  const perRun = ["next", "shards", "ended", "completed"].length;
  const perShard = ["shard", "invoke"].length;
  return before + after + runs.reduce((sum, run) => sum + perRun + perShard * run.shards, 0);
}

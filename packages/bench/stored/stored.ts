import { keys } from "@brimline/store/keys";
import {
  STORED_GPU,
  STORED_MODEL,
  STORED_TAG,
  type StoredJobs,
  storeJobs,
} from "@brimline/testkit/functions/stored-jobs";
import { type SpawnedService, workshop } from "@brimline/testkit/functions/workshop";
import { markdown } from "@brimline/testkit/markdown";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Study } from "../study.ts";

const SIZES = [1000, 100_000];
/** A service takes a hundred open jobs. */
const SUBMISSIONS = 90;
const REQUESTS = 100;
const STARTS = 9;
const IDLE_S = 20;
const DAY_MS = 86_400_000;
const FLAT = { least: 0.8, most: 1.2 };

/** A service over so many stored jobs. */
interface Stocked {
  jobs: number;
  stored: StoredJobs;
  dataDir: string;
  startsMs: number[];
  service: SpawnedService | null;
}

type Ask = (of: Stocked, nth: number) => Promise<Response>;

const JOB = {
  endpoint: { url: "http://127.0.0.1:39999/v1", model: "m" },
  levels: [1],
  visibility: "private",
};

const serviceOf = ({ service }: Stocked): SpawnedService => {
  if (service === null) throw new Error("the service does not run");
  return service;
};
const get =
  (path: string | ((of: Stocked, nth: number) => string)): Ask =>
  (of, nth) =>
    serviceOf(of).get(typeof path === "string" ? path : path(of, nth));

const pageAt = (of: Stocked, share: number): string => {
  const { id, createdAtMs } = of.stored.at(share);
  return keys.index("", createdAtMs, id).slice(keys.indexPrefix("").length);
};

/** What is asked, and how often. Jobs are submitted behind one that waits for its endpoint, so that none runs. */
const ASKED: { what: string; times: number; ask: Ask }[] = [
  {
    what: "submit",
    times: SUBMISSIONS,
    ask: (of) =>
      fetch(new URL("/v1/jobs", serviceOf(of).url), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(JOB),
      }),
  },
  { what: "a job", times: REQUESTS, ask: get((of, nth) => `/v1/jobs/${of.stored.at(nth / REQUESTS).id}`) },
  {
    what: "its report",
    times: REQUESTS,
    ask: get((of, nth) => `/v1/jobs/${of.stored.at(nth / REQUESTS).id}/report`),
  },
  { what: "list, first page", times: REQUESTS, ask: get("/v1/jobs?state=completed") },
  { what: "list, from 90 % on", times: REQUESTS, ask: get((of) => `/v1/jobs?cursor=${pageAt(of, 0.9)}`) },
  { what: "list by model", times: REQUESTS, ask: get(`/v1/jobs?model=${STORED_MODEL}`) },
  { what: "list by tag", times: REQUESTS, ask: get(`/v1/jobs?tag=${STORED_TAG}`) },
  { what: "list by GPU", times: REQUESTS, ask: get(`/v1/jobs?gpu=${encodeURIComponent(STORED_GPU)}`) },
  { what: "list of failed jobs", times: REQUESTS, ask: get("/v1/jobs?state=failed") },
  {
    what: "list of a day",
    times: REQUESTS,
    ask: get((of) => `/v1/jobs?since=${new Date(of.stored.at(0).createdAtMs - DAY_MS).toISOString()}`),
  },
  { what: "search, 1 in 100 fits", times: REQUESTS / 2, ask: get("/v1/jobs?q=run%2077") },
  { what: "search, none fits", times: REQUESTS / 2, ask: get("/v1/jobs?q=nothing-has-this") },
  { what: "usage", times: REQUESTS, ask: get("/v1/usage?months=1") },
  { what: "trend of a tag", times: REQUESTS / 2, ask: get(`/v1/trends?tag=${STORED_TAG}`) },
  { what: "metrics", times: REQUESTS, ask: get("/metrics") },
];

interface Took {
  what: string;
  /** By the size. */
  ms: number[][];
}

const at = (values: number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))] ??
  Number.NaN;
const median = (values: number[]): number => at(values, 0.5);

/** What the API takes with a thousand stored jobs and with a hundred thousand, asked in turn. */
export const stored: Study = {
  name: "stored",
  title: "The service with 1,000 and with 100,000 stored jobs",
  quick: false,
  run: async ({ quick }) => {
    const shop = workshop();
    try {
      const sizes = quick ? SIZES.map((jobs) => jobs / 10) : SIZES;
      const stocked: Stocked[] = [];
      for (const jobs of sizes) stocked.push(await stock(await shop.folder(), jobs));
      for (let start = 0; start < STARTS; start++)
        // Neither is always first.
        for (const of of start % 2 === 0 ? stocked : stocked.toReversed()) {
          await of.service?.end("SIGTERM");
          const sinceMs = performance.now();
          of.service = await shop.service(of.dataDir);
          of.startsMs.push(performance.now() - sinceMs);
        }
      const fresh = await Promise.all(stocked.map(async (of) => metricsOf(serviceOf(of))));
      for (const of of stocked) await occupy(serviceOf(of));
      const took: Took[] = [];
      for (const asked of ASKED) took.push(await asking(stocked, asked));
      const idle = await idling(stocked.map(serviceOf));
      return {
        text: textOf(stocked, took, { fresh, idle }),
        figures: { took, fresh, idle, starts: stocked.map((of) => of.startsMs) },
      };
    } finally {
      await shop.close();
    }
  },
};

async function stock(dataDir: string, jobs: number): Promise<Stocked> {
  process.stderr.write(`stores ${jobs} jobs\n`);
  const newestMs = Date.now() - DAY_MS;
  return {
    jobs,
    dataDir,
    stored: storeJobs(join(dataDir, "objects"), jobs, newestMs),
    startsMs: [],
    service: null,
  };
}

/** A job that waits for an endpoint that is not there keeps the others in the queue. */
async function occupy(service: SpawnedService): Promise<void> {
  const { id } = await service.submit({ ...JOB, waitS: 3600 });
  await service.until(id, ({ progress }) => progress.waiting !== null);
}

async function asking(stocked: Stocked[], { what, times, ask }: (typeof ASKED)[number]): Promise<Took> {
  process.stderr.write(`${what}\n`);
  const ms = stocked.map((): number[] => []);
  for (let nth = 0; nth < times; nth++)
    for (const [size, of] of stocked.entries()) {
      const sinceMs = performance.now();
      const answer = await ask(of, nth);
      const body = await answer.text();
      ms[size]?.push(performance.now() - sinceMs);
      if (!answer.ok) throw new Error(`${what}: ${answer.status} ${body}`);
    }
  return { what, ms };
}

interface Idle {
  mib: number;
  /** CPU of each second in which nothing is asked. */
  cpuMsPerS: number;
}

async function idling(services: SpawnedService[]): Promise<Idle[]> {
  const before = await Promise.all(services.map(metricsOf));
  await sleep(1000 * IDLE_S);
  const after = await Promise.all(services.map(metricsOf));
  return after.map(({ mib, cpuS }, size) => ({
    mib,
    cpuMsPerS: (1000 * (cpuS - (before[size]?.cpuS ?? 0))) / IDLE_S,
  }));
}

async function metricsOf(service: SpawnedService): Promise<{ mib: number; cpuS: number }> {
  const text = await (await service.get("/metrics")).text();
  const of = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
  return { mib: of("process_resident_memory_bytes") / 1024 ** 2, cpuS: of("process_cpu_seconds_total") };
}

function textOf(
  stocked: Stocked[],
  took: Took[],
  { fresh, idle }: { fresh: { mib: number }[]; idle: Idle[] },
): string {
  const sizes = stocked.map(({ jobs }) => jobs.toLocaleString("en-US"));
  const head = ["", ...sizes.flatMap((size) => [`${size}: p50`, "p99"]), "p50 ÷ p50"];
  const rows = took.map(({ what, ms }) => [
    `${what}, ms`,
    ...ms.flatMap((each) => [median(each).toFixed(1), at(each, 0.99).toFixed(1)]),
    ratio(ms.map(median)),
  ]);
  const starts = stocked.map(({ startsMs }) => startsMs);
  const whole = (values: number[]): string[] => [
    ...values.flatMap((each) => [each.toFixed(0), ""]),
    ratio(values),
  ];
  return markdown(head, [
    ...rows,
    ["start, ms", ...starts.flatMap((each) => [median(each).toFixed(0), ""]), ratio(starts.map(median))],
    ["RSS after the start, MiB", ...whole(fresh.map(({ mib }) => mib))],
    ["RSS after all this, MiB", ...whole(idle.map(({ mib }) => mib))],
    ["idle, CPU ms a second", ...whole(idle.map(({ cpuMsPerS }) => cpuMsPerS))],
  ]);
}

function ratio([small = Number.NaN, large = Number.NaN]: number[]): string {
  const of = large / small;
  return `${of.toFixed(2)}${of < FLAT.least || of > FLAT.most ? " !" : ""}`;
}

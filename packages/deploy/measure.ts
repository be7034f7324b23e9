import { CREATED_UNIX_MS, syntheticLevel } from "@brimline/testkit/synthetic";
import {
  ADMIN_KEY,
  ask,
  type Deployment,
  deploymentParts,
  ORIGIN_KEY,
  startDeployment,
} from "./lambda/deployment.ts";
import type { LambdaHost } from "./lambda/host.ts";
import { examined, finished } from "./lambda/job.ts";
import { knock, throughRouter } from "./lambda/url.ts";
import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { keys } from "@brimline/store/keys";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { describeMachine, loadAverage } from "@brimline/testkit/machine";
import { markdown } from "@brimline/testkit/markdown";
import { CORES } from "@brimline/testkit/pin";
import { largeLevel } from "./large-level.ts";
import { bundleOf, BUNDLES, coldLevel } from "./shards.ts";

/**
 * `npm run measure:aws` measures what the bundled functions cost in AWS's own runtime on this machine. `npm
 * run check:aws` makes the bundles. `--parts a,b` measures only these of sizes, api, certificate, starts and
 * reports. `--requests n` adds to reports that of a level of n requests of 100 chunks.
 */

const SHARDS = 8;
const COLD_STARTS = 5;
const READS = 500;
const SUBMITS = 200;
const LEVELS = [10, 50, 100];
const LARGE = { chunks: 100, shards: 10 };

const { values } = parseArgs({ options: { requests: { type: "string" }, parts: { type: "string" } } });
const id = (letter: string): string => letter.repeat(20);
const ms = (value: number): string => value.toFixed(value < 10 ? 1 : 0);

function spread(values_: number[]): { p50: number; p99: number; max: number } {
  const sorted = values_.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? Number.NaN };
}

async function timed<T>(act: () => Promise<T>): Promise<{ tookMs: number; value: T }> {
  const startMs = performance.now();
  const value = await act();
  return { tookMs: performance.now() - startMs, value };
}

/** The most memory that a function's process has held so far, MB. */
const peakMb = (host: LambdaHost): number =>
  Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${host.pid}/status`, "utf8"))?.[1]) / 1024;

function bundleSizes(): string {
  const rows = readdirSync(BUNDLES)
    .toSorted()
    .map((file) => [
      file.replace(".mjs", ""),
      String(Math.round(statSync(join(BUNDLES, file)).size / 1024)),
      String(packedKb(file)),
    ]);
  return markdown(["bundle", "kB", "gzipped kB"], rows);
}

const packedKb = (file: string): number =>
  Math.round(gzipSync(readFileSync(join(BUNDLES, file))).length / 1024);

async function api(on: Deployment): Promise<string> {
  const get = (host: LambdaHost, path: string) =>
    knock(host, { path, headers: { ...throughRouter(ORIGIN_KEY), authorization: `Bearer ${ADMIN_KEY}` } });
  const cold: number[] = [];
  for (let round = 0; round < COLD_STARTS; round++) {
    const { tookMs, value } = await timed(async () => {
      const host = await on.start(bundleOf("api"));
      await get(host, "/health");
      return host;
    });
    cold.push(tookMs);
    await value.stop();
  }
  const host = await on.start(bundleOf("api"));
  const submit = async (nth: number): Promise<string> => {
    const body = { endpoint: { url: `https://h${nth}.example.com/v1`, model: "m" }, levels: [10] };
    const headers = { ...throughRouter(ORIGIN_KEY), authorization: `Bearer ${ADMIN_KEY}` };
    const { status, text } = await knock(host, { method: "POST", path: "/v1/jobs", headers, body });
    if (status !== 202) throw new Error(`${status} ${text}`);
    return (JSON.parse(text) as { id: string }).id;
  };
  const submits: number[] = [];
  let job = "";
  for (let nth = 0; nth < SUBMITS; nth++) {
    const { tookMs, value } = await timed(() => submit(nth));
    submits.push(tookMs);
    // A submit looks at every open job, so each submit is given as few to look at as the first.
    await on.data.remove(keys.open(value));
    job = value;
  }
  const reads: number[] = [];
  for (let nth = 0; nth < READS; nth++) reads.push((await timed(() => get(host, `/v1/jobs/${job}`))).tookMs);
  const peak = peakMb(host);
  await host.stop();
  const row = (what: string, taken: number[]): string[] => {
    const { p50, p99, max } = spread(taken);
    return [what, String(taken.length), ms(p50), taken.length < 100 ? "–" : ms(p99), ms(max)];
  };
  const table = [
    row("cold: process started → first answer", cold),
    row("GET /v1/jobs/{id}", reads),
    row("POST /v1/jobs", submits),
  ];
  return `${markdown(["API, ms", "n", "p50", "p99", "max"], table)}\n\nIt held ${ms(peak)} MB at most.`;
}

async function starts(on: Deployment, url: string): Promise<string> {
  const seen = await coldLevel(on, url, id("s"), { shards: SHARDS });
  const rows = seen.map(({ summary: { shard, uncertified }, readyMs, skewMs }) => [
    String(shard),
    ms(readyMs),
    skewMs.toFixed(1),
    uncertified ?? "yes",
  ]);
  const { p50, max } = spread(seen.map(({ skewMs }) => skewMs));
  return `${markdown(["shard", "ready after, ms", "first request − T0, ms", "certified"], rows)}\n\nOver ${SHARDS}: p50 ${p50.toFixed(1)} ms, max ${max.toFixed(1)} ms.`;
}

/** One shard alone on one core, as a function of 1,769 MB has on Lambda. */
async function certificate(on: Deployment, url: string): Promise<string> {
  const pin = ({ pid }: LambdaHost): void =>
    void (CORES.client !== null && execFileSync("taskset", ["-apc", String(CORES.client), String(pid)]));
  const [seen] = await coldLevel(on, url, id("c"), { shards: 1, prepare: pin });
  if (seen === undefined) throw new Error("no shard");
  const { certificate: found, uncertified, startLagMs } = seen.summary;
  return `One shard on one core, late by ${startLagMs.toFixed(1)} ms: ${found === null ? `no certificate, because ${uncertified}` : JSON.stringify(found)}`;
}

interface Cost {
  what: string;
  aggregateS: number;
  aggregateMb: number;
  publishS: number;
  publishMb: number;
  reportKb: number;
}

/** The report of the job and its page, each made by a function that was just started. */
async function reported(on: Deployment, what: string, jobId: string): Promise<Cost> {
  const [aggregate, publish] = [await on.start(bundleOf("aggregate")), await on.start(bundleOf("publish"))];
  const task = { jobId, state: "completed", problem: null, finishedAt: "2026-01-02T03:14:05.000Z" };
  const aggregated = await timed(() => ask(aggregate, task));
  const aggregateMb = peakMb(aggregate);
  const published = await timed(() => ask(publish, { jobId }));
  const publishMb = peakMb(publish);
  await Promise.all([aggregate.stop(), publish.stop()]);
  const report = await on.data.get(keys.report(jobId));
  if (
    report === null ||
    JSON.stringify(published.value) !== '{"value":{"hasPage":true,"hasComparison":false}}'
  )
    throw new Error(JSON.stringify([aggregated.value, published.value]));
  const [aggregateS, publishS] = [aggregated.tookMs / 1000, published.tookMs / 1000];
  return { what, aggregateS, aggregateMb, publishS, publishMb, reportKb: report.body.length / 1024 };
}

async function reports(on: Deployment): Promise<string> {
  const job = { endpoint: { url: "https://llm.example.com/v1", model: "m" }, visibility: "public" as const };
  await examined(on.data, id("r"), { ...job, levels: LEVELS });
  const level = (users: number, nth: number) =>
    syntheticLevel({
      id: `l0${nth + 1}`,
      users,
      ttftMs: 50,
      gapMs: 10,
      outputTokens: 100,
      durationS: 30,
      t0UnixMs: CREATED_UNIX_MS + 60_000 * nth,
      jitter: 0.2,
    });
  for (const [nth, users] of LEVELS.entries()) await finished(on.data, id("r"), level(users, nth));
  const costs = [await reported(on, `${LEVELS.length} levels, ${LEVELS.join(", ")} users for 30 s`, id("r"))];
  if (values.requests !== undefined) {
    const requests = Number(values.requests);
    const users = await largeLevel(on.data, id("z"), { requests, ...LARGE }, (most) =>
      examined(on.data, id("z"), { ...job, levels: [most] }),
    );
    costs.push(
      await reported(
        on,
        `${requests.toLocaleString("en")} requests of ${LARGE.chunks} chunks, ${users} users`,
        id("z"),
      ),
    );
  }
  const rows = costs.map(({ what, aggregateS, aggregateMb, publishS, publishMb, reportKb }) => [
    what,
    aggregateS.toFixed(1),
    ms(aggregateMb),
    publishS.toFixed(1),
    ms(publishMb),
    ms(reportKb),
  ]);
  return markdown(["job", "aggregate, s", "peak MB", "publish, s", "peak MB", "report, kB"], rows);
}

const parts = await deploymentParts();
if (parts === null)
  throw new Error(
    "aws-lambda-ric or VersityGW cannot be had: see packages/deploy/lambda/ric.ts and packages/testkit/store/versitygw.ts",
  );
if (!existsSync(bundleOf("shard"))) throw new Error("there are no bundles: run npm run check:aws");
const { cpu, cores, node } = describeMachine();
console.log(`${cpu}, ${cores} cores, Node ${node}; load average ${loadAverage().toFixed(1)}\n`);
const [on, endpoint] = await Promise.all([startDeployment(parts), startEndpoint({ preset: PRESETS.quick })]);
try {
  const all: Record<string, () => string | Promise<string>> = {
    sizes: bundleSizes,
    api: () => api(on),
    certificate: () => certificate(on, endpoint.url),
    starts: () => starts(on, endpoint.url),
    reports: () => reports(on),
  };
  const wanted = values.parts?.split(",") ?? Object.keys(all);
  for (const [name, part] of Object.entries(all)) if (wanted.includes(name)) console.log(`${await part()}\n`);
  console.log(`load average ${loadAverage().toFixed(1)}`);
} finally {
  await Promise.all([on.stop(), endpoint.close()]);
}

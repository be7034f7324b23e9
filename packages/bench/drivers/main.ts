import { chat } from "@brimline/core/dialect/chat";
import { preferReadingThread } from "@brimline/load/priority";
import { type OpenRequest, REQUEST_LIMITS } from "@brimline/load/request/request";
import type { Connection } from "@brimline/load/transport/transport";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { largestRssMb } from "@brimline/testkit/machine";
import type { Measured } from "../measured.ts";
import { argumentsOf, readStream, type Stream, STREAM, argumentValues } from "../truth/parameters.ts";
import { logOf } from "../truth/start.ts";
import { driverErrors, type Read } from "./lag.ts";
import { type DriverName, DRIVERS } from "./transports.ts";

/**
 * Runs one of the product's transports against a truth server, in a process of its own, and prints one JSON line.
 *
 *   node packages/bench/drivers/main.ts transport=undici scheme=http port=4871 streams=100 warm=2000 window=4000 n=100 …
 *
 * `warm` and `window` are in ms.
 *
 * With `scheme=https` NODE_EXTRA_CA_CERTS must have the server's authority, as for the product.
 */
const values = argumentValues(process.argv.slice(2));
const name = (values.get("transport") ?? "undici") as DriverName;
const scheme = values.get("scheme") ?? "http";
const port = Number(values.get("port"));
const streams = Number(values.get("streams") ?? 10);
const warmMs = Number(values.get("warm") ?? 1000);
const windowMs = Number(values.get("window") ?? 2000);
const stream = readStream(values);

/**
 * Cold code causes the longest tail, so as many events run through the same code before anything is measured.
 */
const HOT = {
  streams: 8,
  rounds: 5,
  stream: { ...STREAM, n: 2000, ttftUs: 0, flood: true, stamp: stream.stamp },
} as const;
const OPENED_AT_ONCE = 32;
const LOOP_DELAY_RESOLUTION_MS = 10;

const body = JSON.stringify({
  model: "truth",
  messages: [{ role: "user", content: "How long does it take?" }],
  stream: true,
  stream_options: { include_usage: true },
  max_tokens: stream.n,
});
const headers = { "content-type": "application/json", accept: "text/event-stream" };
const t0Ms = performance.now();
/**
 * CLOCK_MONOTONIC ms at `t0Ms`. The largest of some readings is the one with the least time between its two
 * clocks.
 */
const originMs = Math.max(
  ...Array.from({ length: 50 }, () => Number(process.hrtime.bigint()) / 1e6 - (performance.now() - t0Ms)),
);

const reads: Read[] = [];
const open = new Set<OpenRequest>();
let nextId = 0;
const load = { isOver: false };
let requests = 0;
let wrong = 0;
let chunksOfEnded = 0;

async function ask(connection: Connection, wanted: Stream): Promise<void> {
  const id = nextId++;
  const path = `/v1/chat/completions?${[...argumentsOf(wanted), `id=${id}`].join("&")}`;
  const dueMs = performance.now() - t0Ms;
  const request = connection.send({
    index: id,
    user: null,
    t0Ms,
    dueMs,
    dialect: chat,
    path,
    headers,
    body,
    outputTokens: wanted.n,
    limits: REQUEST_LIMITS,
    explain: () => null,
  });
  open.add(request);
  const { record } = await request.ended;
  open.delete(request);
  chunksOfEnded += record.gapsUs.length;
  if (record.outcome !== "censored") {
    requests++;
    if (record.outcome !== "ok" || record.gapsUs.length !== wanted.n || record.tokens.output !== wanted.n)
      wrong++;
  }
  if (!wanted.flood)
    reads.push({
      id,
      sentMs: originMs + record.sentMs,
      cameMs: cameMs(record.sentMs, record.gapsUs),
      merged: record.merged,
    });
}

function cameMs(sentMs: number, gapsUs: number[]): Float64Array {
  let atUs = Math.round(1000 * sentMs);
  return Float64Array.from(gapsUs, (gapUs) => originMs + (atUs += gapUs) / 1000);
}

async function user(connection: Connection, delayMs: number): Promise<void> {
  await sleep(delayMs);
  while (!load.isOver) await ask(connection, stream);
}

const chunksSoFar = (): number =>
  chunksOfEnded + [...open].reduce((sum, request) => sum + request.chunks(), 0);
const cpuUs = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

const createConnection = await DRIVERS[name](`${scheme}://127.0.0.1:${port}/v1`);
const connections = Array.from({ length: streams }, createConnection);
for (let first = 0; first < streams; first += OPENED_AT_ONCE) {
  await Promise.all(connections.slice(first, first + OPENED_AT_ONCE).map((connection) => connection.open()));
}
for (let round = 0; round < HOT.rounds; round++)
  await Promise.all(connections.slice(0, HOT.streams).map((connection) => ask(connection, HOT.stream)));
preferReadingThread();
requests = 0;

// Streams begin one after another, so that they do not tick together unless the server's grid makes them.
const answerMs = (stream.ttftUs + stream.n * stream.gapUs) / 1000;
const spreadMs = stream.flood ? 0 : Math.min(answerMs, 0.8 * warmMs);
const users = connections.map((connection, index) => user(connection, (spreadMs * index) / streams));
await sleep(warmMs);

const delay = monitorEventLoopDelay({ resolution: LOOP_DELAY_RESOLUTION_MS });
delay.enable();
const before = {
  cpuUs: cpuUs(),
  chunks: chunksSoFar(),
  atMs: performance.now(),
  use: performance.eventLoopUtilization(),
};
await sleep(windowMs);
const spentUs = cpuUs() - before.cpuUs;
const events = chunksSoFar() - before.chunks;
const toMs = performance.now();
const { utilization } = performance.eventLoopUtilization(before.use);
delay.disable();

load.isOver = true;
for (const request of open) request.cut();
await Promise.all(users);
for (const connection of connections) connection.cut();
const rssMb = largestRssMb();
const fromMs = originMs + before.atMs - t0Ms;
const errors = driverErrors(reads, await logOf(port), fromMs, originMs + toMs - t0Ms);
const measured: Measured = {
  client: `brimline ${name}`,
  streams,
  events,
  eventsPerS: (1000 * events) / (toMs - before.atMs),
  cpuUsPerEvent: spentUs / events,
  rssMb,
  requests,
  wrong,
  ...errors,
  eventLoop: {
    delayP99Ms: delay.percentile(99) / 1e6 - LOOP_DELAY_RESOLUTION_MS,
    delayMaxMs: delay.max / 1e6 - LOOP_DELAY_RESOLUTION_MS,
    utilisation: utilization,
  },
};
process.stdout.write(`${JSON.stringify(measured)}\n`, () => process.exit(0));

import { chat } from "@brimline/core/dialect/chat";
import { floorOf, quantile } from "@brimline/core/metric/statistics/quantile";
import type { Certificate } from "@brimline/core/record/record";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { extname } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { type Measured, readingError, withHandover } from "./reading-error.ts";
import { certifiedStreams } from "./size.ts";
import { hrtimeMs, streamPath, type ServerOptions, type StreamTruth } from "./stream.ts";
import { createGuard } from "../guard/guard.ts";
import { watchLoopDelay } from "../clock/loop-delay.ts";
import { REQUEST_LIMITS } from "../request/request.ts";
import { LOAD_TRANSPORT, loadTransportTelling } from "../transport/load-transport.ts";
import type { Connection } from "../transport/transport.ts";

/** What a process found out about its own error. Where it has no certificate, `uncertified` says why. */
export type Certification =
  | { certificate: Certificate; uncertified: null }
  | { certificate: null; uncertified: string };

/** One user's connection, and when the kernel had taken the request that was written to it last. */
interface Line {
  connection: Connection;
  handedMs: number;
}

/** How many streams run side by side, how many answers each has, and what an answer is like. */
interface Pace {
  streams: number;
  answers: number;
  chunks: number;
  gapMs: number;
}

/**
 * The longest time that a job waits for a certificate. It is far above the 2 s that an idle machine needs.
 */
const TIME_MAX_MS = 10_000;
/**
 * It warms the code that reads, which takes V8 some 35,000 events one by one. It sees 30,000 of these, then those
 * of the flood. By the process's clock cold code causes the longest tail of the errors; by the kernel's it would
 * only merge more of the first level's chunks.
 */
const WARM_UP: Pace = { streams: 100, answers: 6, chunks: 50, gapMs: 2 };
const FLOOD: Pace = { streams: 4, answers: 1, chunks: 6000, gapMs: 0 };
/**
 * The pace of users at 50 tokens/s. There are as many streams as the load has, because what a chunk waits for
 * is the reading of the others. With 100 users 500 answers begin and end while all users have one, and a p99
 * with an interval needs 368.
 */
const PACED = { answers: 7, chunks: 6, gapMs: 20 };
const OPENED_AT_ONCE = 25;
/**
 * The server is a program of its own. Where this file is bundled, the server is bundled too and lies beside
 * it.
 */
const SERVER = new URL(`certificate-server${extname(import.meta.url)}`, import.meta.url);
const HEADERS = {
  "user-agent": "brimline",
  "content-type": "application/json",
  accept: "text/event-stream",
  "accept-encoding": "identity",
};
const BODY = JSON.stringify({
  model: "certificate",
  messages: [{ role: "user", content: "Say something. ".repeat(16) }],
  stream: true,
});

/**
 * Measures the error of this process against loopback streams of known timing, through the transport and the
 * code that read every other stream, and warms that code. By the kernel's clock the errors are those of that clock
 * and of handing a request to the kernel, some µs, on a busy machine too. What merging hides comes on top, and each
 * level says it of itself. `streams` is how many run at once
 * (`certifiedStreams`). It takes about 2 s, and must run before the first load and beside none. It never
 * rejects: a process that cannot measure itself says why.
 */
export const certify = ({
  timeMaxMs = TIME_MAX_MS,
  streams = certifiedStreams(0),
}: { timeMaxMs?: number; streams?: number } = {}): Promise<Certification> =>
  certificateWithin(timeMaxMs, streams).then(
    (certificate) => ({ certificate, uncertified: null }),
    (error: unknown) => ({
      certificate: null,
      uncertified: error instanceof Error ? error.message : String(error),
    }),
  );

async function certificateWithin(timeMaxMs: number, streams: number): Promise<Certificate> {
  const options: ServerOptions = { token: randomUUID() };
  const server = new Worker(SERVER, { workerData: options, execArgv: [] });
  const lines: Line[] = [];
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`it took longer than ${timeMaxMs / 1000} s`)),
    timeMaxMs,
  );
  server.on("error", late.reject);
  try {
    return await Promise.race([measure(server, options, lines, streams), late.promise]);
  } finally {
    clearTimeout(timer);
    for (const { connection } of lines) connection.cut();
    await server.terminate();
  }
}

async function measure(
  server: Worker,
  options: ServerOptions,
  lines: Line[],
  streams: number,
): Promise<Certificate> {
  const [port] = (await once(server, "message")) as [number];
  await openAll(lines, streams, new URL(`http://127.0.0.1:${port}/`));
  const run = runner(lines, options);
  await run(WARM_UP);
  const floodMs = performance.now();
  await run(FLOOD);
  const maxEventsPerS = (1000 * FLOOD.streams * FLOOD.chunks) / (performance.now() - floodMs);
  const loopDelay = watchLoopDelay();
  const measured = whileAllRan(await run({ ...PACED, streams }));
  const { p50Ms } = loopDelay.end();
  server.postMessage("log", []);
  const [log] = (await once(server, "message")) as [StreamTruth[]];
  const clock = sharedClock();
  const records = measured.map(({ record }) => record);
  const truths = withHandover(log, measured, clock.originMs);
  const { ttftMs, lagMs, gapMs } = readingError(records, truths, clock.originMs);
  return {
    transport: LOAD_TRANSPORT,
    addedTtftP50Ms: at(ttftMs, 0.5),
    addedTtftP99Ms: at(ttftMs, 0.99),
    addedTtftMaxMs: largest(ttftMs),
    chunkLagP50Ms: at(lagMs, 0.5),
    chunkLagP99Ms: at(lagMs, 0.99),
    chunkLagMaxMs: largest(lagMs),
    addedGapP50Ms: at(gapMs, 0.5),
    addedGapP99Ms: at(gapMs, 0.99),
    addedGapMaxMs: largest(gapMs),
    maxEventsPerS: Math.round(maxEventsPerS),
    requests: ttftMs.length,
    gaps: gapMs.length,
    clockErrorMs: Math.ceil(1000 * clock.errorMs) / 1000,
    loopDelayP50Ms: toUs(p50Ms),
  };
}

/**
 * Opens one connection for each stream. It has a guard of its own, because in a cloud the jobs' guard keeps
 * loopback shut.
 */
async function openAll(lines: Line[], count: number, target: URL): Promise<void> {
  const guard = createGuard({ profile: "local", inLambda: false });
  const lineTo = (): Line => {
    const connect = loadTransportTelling((atMs) => (line.handedMs = atMs));
    const line = { connection: connect({ target, guard, limits: REQUEST_LIMITS })(), handedMs: 0 };
    return line;
  };
  while (lines.length < count) {
    const some = Array.from({ length: Math.min(OPENED_AT_ONCE, count - lines.length) }, lineTo);
    lines.push(...some);
    await Promise.all(some.map(({ connection }) => connection.open()));
  }
}

/**
 * Runs streams at a pace. Their starts are spread evenly over one answer, so that their chunks do not come
 * all at once.
 */
function runner(lines: Line[], options: ServerOptions): (pace: Pace) => Promise<Measured[]> {
  let asked = 0;

  async function ask(line: Line, user: number, { chunks, gapMs }: Pace): Promise<Measured> {
    const index = asked++;
    const request = line.connection.send({
      index,
      user,
      t0Ms: 0,
      dueMs: performance.now(),
      dialect: chat,
      path: streamPath(options, { index, chunks, gapMs }),
      headers: HEADERS,
      body: BODY,
      outputTokens: chunks,
      limits: REQUEST_LIMITS,
      explain: (_kind, text) => text,
    });
    const { record } = await request.ended;
    if (record.outcome !== "ok")
      throw new Error(`a stream of its own ended ${record.outcome}: ${record.errorText ?? ""}`);
    return { record, handedMs: line.handedMs };
  }

  return async (pace) => {
    const measured: Measured[] = [];
    const user = async (line: Line, nth: number): Promise<void> => {
      await sleep((pace.chunks * pace.gapMs * nth) / pace.streams);
      for (let answer = 0; answer < pace.answers; answer++) measured.push(await ask(line, nth, pace));
    };
    await Promise.all(lines.slice(0, pace.streams).map(user));
    return measured;
  };
}

/**
 * The answers that began and ended while every user had one. The first and the last answers run with fewer
 * beside them.
 */
function whileAllRan(measured: Measured[]): Measured[] {
  const users = [...Map.groupBy(measured, ({ record }) => record.user).values()];
  const fromMs = Math.max(...users.map((own) => Math.min(...own.map(({ record }) => record.sentMs))));
  const toMs = Math.min(
    ...users.map((own) => Math.max(...own.map(({ record }) => record.doneMs ?? Infinity))),
  );
  return measured.filter(
    ({ record: { sentMs, doneMs } }) => sentMs >= fromMs && doneMs !== null && doneMs <= toMs,
  );
}

function at(sorted: Float64Array, share: number): number {
  if (sorted.length < floorOf(share)) throw new Error(`${sorted.length} values are too few`);
  return toUs(quantile(sorted, share));
}

const largest = (sorted: Float64Array): number => toUs(sorted.at(-1) ?? 0);

const toUs = (ms: number): number => Math.round(1000 * ms) / 1000;

/**
 * Where 0 of `performance.now()` lies on the clock of all threads, by the closest of some readings. It is
 * right to ± `errorMs`.
 */
function sharedClock(): { originMs: number; errorMs: number } {
  let closest = { originMs: 0, errorMs: Infinity };
  for (let reading = 0; reading < 100; reading++) {
    const beforeMs = performance.now();
    const atMs = hrtimeMs();
    const errorMs = (performance.now() - beforeMs) / 2;
    if (errorMs < closest.errorMs) closest = { originMs: atMs - beforeMs - errorMs, errorMs };
  }
  return closest;
}

import { demandOf } from "@brimline/core/load";
import { steadyFromMs } from "@brimline/core/metric/window/window";
import { dialectOf } from "@brimline/core/dialect/dialects";
import { requestBody } from "@brimline/core/job/request/request-body";
import { isMeasured } from "@brimline/core/job/level/level-plan";
import { searchOf } from "@brimline/core/job/plan/loads";
import type { SourcedRequest } from "@brimline/core/job/level/source";
import { shareOf } from "@brimline/core/load/schedule";
import { ShardSummary } from "@brimline/core/record/record";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Alarm } from "../clock/alarm.ts";
import { createBreaker } from "./breaker.ts";
import {
  requestHeaders,
  requestLimits,
  requestPath,
  hiddenWords,
  textOf,
  tlsOptions,
} from "../request/endpoint.ts";
import { createExplainer } from "../request/failure-text.ts";
import type { OpenRequest, RequestDone, RequestEnd } from "../request/request.ts";
import { createStop, type Stop } from "./stop.ts";
import { createTally, type Tally } from "./tally.ts";
import type { ShardPlan, ShardPorts } from "./shard-plan.ts";
import { CLOSE_SOON_MS } from "../transport/closing.ts";
import { loadTransport } from "../transport/load-transport.ts";
import type { Connection } from "../transport/transport.ts";

/** A request whose body is written. */
export interface Prepared {
  index: number;
  body: string;
  outputTokens: number;
}

/**
 * What closed and open loop share: they send requests, count them, and stop for the same reasons. Times are
 * in ms from T0.
 */
export interface Sending {
  stop: Stop;
  tally: Tally;
  now: () => number;
  /** It resolves at this time, some ms late, or when sending stops. */
  sleepUntil(atMs: number): Promise<void>;
  /** It resolves at this time to a fraction of a ms, or when sending stops (see Stop). */
  sleepExactlyUntil(atMs: number, alarm: Alarm): Promise<void>;
  /** Makes a new connection to the endpoint, which is not open yet. */
  connect(): Connection;
  prepare(request: SourcedRequest): Prepared;
  /** It says whether the job's limits leave room for the request. If they do not, it stops sending. */
  isWithinBudget(request: Prepared): boolean;
  /** Sends the request now, resolves when it is done, and records it at its end. */
  send(
    request: Prepared,
    from: { user: number | null; connection: Connection; dueMs: number },
  ): Promise<RequestDone>;
  /** After it no request is sent, and those that are open may drain. Only the first call's reason counts. */
  stopSending(why: ShardSummary["ended"], atMs?: number): void;
  /** These two say why and when sending stopped. */
  ended(): ShardSummary["ended"];
  stopMs(): number;
  /** Ends every open request. Those that are not done are censored. */
  cutAll(): void;
  /** The number of requests that are sent and not done. */
  openCount(): number;
  /** The number of output chunks that requests have brought so far which are not recorded. */
  openChunks(): number;
  /** What the endpoint's answers say about the endpoint. */
  server(): { header: string | null; simulated: boolean };
  /** It must be called when the last request is done. It resolves when all are recorded. */
  close(): Promise<void>;
}

const DRAIN = { minMs: 30_000, perLargestE2e: 3 };

/** The longest time that requests may still run after the stop: max(30 s, 3 × the largest E2E seen). */
export const drainMs = (largestE2eMs: number): number =>
  Math.max(DRAIN.minMs, DRAIN.perLargestE2e * largestE2eMs);

/** The time whose slices tell what came of the objective, of a search, or how sure the level is. A level that ends by requests has none. */
function slicedTime({ spec, level }: ShardPlan, startMs: number): { startMs: number; endMs: number } | null {
  const endMs = 1000 * (level.rampS + (level.stop.durationS ?? 0));
  const isJudged =
    isMeasured({ plan: level }) &&
    (spec.slo !== undefined || searchOf(spec) !== null || spec.precision !== undefined);
  return isJudged && endMs > startMs ? { startMs, endMs } : null;
}

/** `t0Ms` is T0 as a `performance.now()`. It throws a BrimlineError where the endpoint's URL is refused. */
export function createSending(plan: ShardPlan, ports: ShardPorts, t0Ms: number): Sending {
  const { spec } = plan;
  const target = ports.guard.judge(spec.endpoint.url);
  const limits = requestLimits(spec);
  const connect = loadTransport({
    target,
    guard: ports.guard,
    limits,
    tls: tlsOptions(spec.endpoint, plan.secrets),
  });
  const dialect = dialectOf(spec.endpoint.api);
  const path = requestPath(target, dialect, plan.secrets);
  const headers = requestHeaders(spec.endpoint, plan.secrets);
  const explain = createExplainer(hiddenWords(spec.endpoint, plan.secrets));
  const budget = plan.budget ?? {
    requests: spec.limits.maxRequests ?? null,
    outputTokens: spec.limits.maxOutputTokens ?? null,
  };
  const budgetRequests = shareOf(plan, budget.requests) ?? Infinity;
  const budgetTokens = (budget.outputTokens ?? Infinity) / plan.shards;
  const now = (): number => performance.now() - t0Ms;

  const stop = createStop();
  const breaker = createBreaker();
  const { isOpenLoop } = demandOf(plan.level.load);
  const fromMs = steadyFromMs({ isOpenLoop, rampS: plan.level.rampS }, plan.largestE2eMs);
  const tally = createTally({
    slo: spec.slo ?? null,
    isOpenLoop,
    fromMs,
    sliced: slicedTime(plan, isOpenLoop ? fromMs : 1000 * plan.level.rampS),
    isPrecise: spec.precision !== undefined,
    clock: connect.clock,
  });
  /** The requests that are not recorded, and when each of them is. */
  const open = new Map<OpenRequest, Promise<void>>();
  let inFlight = 0;
  let ended: ShardSummary["ended"] = "completed";
  let stopMs = 0;
  let drain: NodeJS.Timeout | null = null;
  /** Output tokens that open requests may still bring. */
  let reservedTokens = 0;
  let header: string | null = null;
  let simulated = false;

  function cutAll(): void {
    for (const request of open.keys()) request.cut();
  }

  function stopSending(why: ShardSummary["ended"], atMs = now()): void {
    if (stop.isStopped) return;
    ended = why;
    stopMs = atMs;
    const mayDrainMs = drainMs(Math.max(plan.largestE2eMs ?? 0, tally.largestE2eMs));
    drain = setTimeout(cutAll, Math.min(mayDrainMs, (plan.endMs ?? Infinity) - now()));
    stop.stop();
  }

  function cancel(): void {
    const why = ShardSummary.shape.ended.safeParse(ports.cancel.reason).data ?? "cancelled";
    stopSending(why);
    if (ended === "completed") ended = why;
    cutAll();
  }

  function settle(end: RequestEnd): void {
    tally.add(end.record);
    ports.onRecord(end.record);
    header ??= textOf(end.headers.server);
    simulated ||= end.headers["x-brimline-sim"] !== undefined;
    const isDown = breaker.isDown({
      atMs: now(),
      outcome: end.record.outcome,
      connected: end.connected,
      retryAfterMs: end.retryAfterMs,
    });
    if (!isDown || stop.isStopped) return;
    stopSending("endpoint_down");
    cutAll();
  }

  async function record(request: OpenRequest, outputTokens: number): Promise<void> {
    const end = await request.ended;
    reservedTokens -= outputTokens;
    settle(end);
    open.delete(request);
  }

  if (ports.cancel.aborted) cancel();
  else ports.cancel.addEventListener("abort", cancel, { once: true });

  return {
    stop,
    tally,
    now,
    sleepUntil: (atMs) => stop.sleepUntil(t0Ms + atMs),
    sleepExactlyUntil: (atMs, alarm) => stop.sleepExactlyUntil(t0Ms + atMs, alarm),
    connect,
    prepare({ index, outputTokens, prompt, images }) {
      const question = { prompt: prompt(), images: images(), outputTokens };
      const body = requestBody(question, spec, plan.traits);
      // An answer in one piece has no output tokens, whatever length the job asks.
      return { index, body: JSON.stringify(body), outputTokens: dialect.streams ? outputTokens : 0 };
    },
    isWithinBudget({ outputTokens }) {
      if (
        tally.requests.sent < budgetRequests &&
        tally.outputTokens + reservedTokens + outputTokens <= budgetTokens
      )
        return true;
      stopSending("budget");
      return false;
    },
    async send({ index, body, outputTokens }, { user, connection, dueMs }) {
      tally.requests.sent++;
      reservedTokens += outputTokens;
      inFlight++;
      const request = connection.send({
        index,
        user,
        t0Ms,
        dueMs,
        dialect,
        path,
        headers,
        body,
        outputTokens,
        limits,
        explain,
      });
      const recorded = record(request, outputTokens);
      // Who closes hears of a record that could not be kept.
      recorded.catch(() => {});
      open.set(request, recorded);
      const done = await request.done;
      inFlight--;
      return done;
    },
    stopSending,
    ended: () => ended,
    stopMs: () => stopMs,
    cutAll,
    openCount: () => inFlight,
    openChunks: () => [...open.keys()].reduce((sum, request) => sum + request.chunks(), 0),
    server: () => ({ header, simulated }),
    async close() {
      if (drain !== null) clearTimeout(drain);
      ports.cancel.removeEventListener("abort", cancel);
      const recorded = Promise.all(open.values());
      // The bodies of the last answers get the time in which most end by themselves.
      await Promise.race([recorded, sleep(CLOSE_SOON_MS)]);
      cutAll();
      await recorded;
    },
  };
}

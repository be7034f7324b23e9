import { BrimlineError } from "@brimline/core/error";
import { requestBody } from "@brimline/core/job/prompt";
import { rampMs, requestSeed, requestShape, requestsOf, type RequestShape, usersOf } from "@brimline/core/job/schedule";
import { RECORD_SCHEMA, type ShardSummary } from "@brimline/core/record/record";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { pauseMs } from "./backoff.ts";
import { createBreaker } from "./breaker.ts";
import { type Connection, createConnection } from "./connection.ts";
import { completionsPath, requestHeaders, secretsOf, textOf } from "./endpoint.ts";
import { createExplainer } from "./explain.ts";
import { type OpenRequest, REQUEST_LIMITS, type RequestEnd, sendRequest } from "./request.ts";
import { createStop } from "./stop.ts";
import { monotonicOriginUnixMs } from "./wall.ts";
import { createTally } from "./tally.ts";
import type { ShardCounters, ShardPorts, ShardTask } from "./task.ts";

const DRAIN = { minMs: 30_000, perLargestE2e: 3 };
/** More connections at once would overrun a short listen queue and cost a second each. */
const OPENED_AT_ONCE = 32;
const LOOP_DELAY_RESOLUTION_MS = 10;

/** How long requests may still run after the stop: max(30 s, 3 × the largest E2E seen). */
export const drainMs = (largestE2eMs: number): number => Math.max(DRAIN.minMs, DRAIN.perLargestE2e * largestE2eMs);

/**
 * Runs one shard of a closed-loop level: its users start on the ramp from T0, each sends, reads to the end, pauses and sends again,
 * until time or requests run out, the endpoint dies, a limit is reached or `ports.cancel` is aborted. Then what is open may drain,
 * and what does not is censored. Throws a BrimlineError where the endpoint's URL is refused.
 */
export function runShard(task: ShardTask, ports: ShardPorts): { counters(): ShardCounters; ended: Promise<ShardSummary> } {
  const { spec, plan } = task;
  if (plan.load.kind !== "concurrency") throw new BrimlineError("internal", "levels by rate are not built yet; give a number of users");
  const levelUsers = plan.load.users;
  const target = ports.guard.judge(spec.endpoint.url);
  const connect = ports.guard.connect({ connectTimeoutMs: REQUEST_LIMITS.connectMs });
  const users = usersOf(task.shard, task.shards, levelUsers).map((user) => ({ user, connection: createConnection(target, connect, REQUEST_LIMITS) }));
  const path = completionsPath(target);
  const headers = requestHeaders(spec, task.apiKey);
  const explain = createExplainer(secretsOf(spec, task.apiKey));
  const requestsMax = requestsOf(task.shard, task.shards, plan.stop.requests) ?? Infinity;
  const budget = task.budget ?? { requests: spec.limits.maxRequests ?? null, outputTokens: spec.limits.maxOutputTokens ?? null };
  const budgetRequests = requestsOf(task.shard, task.shards, budget.requests) ?? Infinity;
  const budgetTokens = (budget.outputTokens ?? Infinity) / task.shards;

  const originUnixMs = monotonicOriginUnixMs();
  const lateMs = Math.max(0, originUnixMs + performance.now() - task.t0UnixMs);
  const t0Ms = task.t0UnixMs + lateMs - originUnixMs;
  const now = (): number => performance.now() - t0Ms;
  const rampEndMs = 1000 * plan.rampS;

  const stop = createStop();
  const breaker = createBreaker();
  const tally = createTally();
  const open = new Set<OpenRequest>();
  let ended: ShardSummary["ended"] = "completed";
  let stopMs = 0;
  let firstIdleMs: number | null = null;
  let drain: NodeJS.Timeout | null = null;
  let issued = 0;
  let lastIssuedMs = 0;
  /** Output tokens that open requests may still bring. */
  let reservedTokens = 0;
  let backoffMs = 0;
  let serverHeader: string | null = null;
  let simulated = false;

  function cutAll(): void {
    for (const request of open) request.cut();
  }

  function stopSending(why: ShardSummary["ended"], atMs = now()): void {
    if (stop.isStopped) return;
    ended = why;
    stopMs = atMs;
    drain = setTimeout(cutAll, drainMs(Math.max(task.largestE2eMs ?? 0, tally.largestE2eMs)));
    stop.stop();
  }

  function cancel(): void {
    const why = ports.cancel.reason === "lost_control" ? "lost_control" : "cancelled";
    stopSending(why);
    if (ended === "completed") ended = why;
    cutAll();
  }

  /** The next request of this shard's part of the schedule; null, with sending stopped, when there is none. */
  function nextShape(): RequestShape | null {
    if (issued >= requestsMax) {
      firstIdleMs ??= now();
      stopSending("completed", lastIssuedMs);
      return null;
    }
    const index = task.shard + issued * task.shards;
    const shape = requestShape(index, requestSeed(task.seed, plan.id, plan.repeat, index), spec.workload);
    if (issued >= budgetRequests || tally.outputTokens + reservedTokens + shape.outputTokens > budgetTokens) {
      stopSending("budget");
      return null;
    }
    issued++;
    lastIssuedMs = now();
    return shape;
  }

  async function send(user: number, connection: Connection, dueMs: number, shape: RequestShape): Promise<RequestEnd> {
    const body = JSON.stringify(requestBody(shape, spec, task.traits));
    const { index, outputTokens } = shape;
    tally.requests.sent++;
    reservedTokens += outputTokens;
    const request = sendRequest(connection, { index, user, t0Ms, dueMs, path, headers, body, outputTokens, limits: REQUEST_LIMITS, explain });
    open.add(request);
    const end = await request.ended;
    open.delete(request);
    reservedTokens -= outputTokens;
    settle(end);
    return end;
  }

  function settle(end: RequestEnd): void {
    tally.add(end.record);
    ports.onRecord(end.record);
    serverHeader ??= textOf(end.headers.server);
    simulated ||= end.headers["x-brimline-sim"] !== undefined;
    const attempt = { atMs: now(), outcome: end.record.outcome, connected: end.connected, retryAfterMs: end.retryAfterMs };
    if (!breaker.isDown(attempt) || stop.isStopped) return;
    stopSending("endpoint_down");
    cutAll();
  }

  async function runUser(user: number, connection: Connection): Promise<void> {
    let dueMs = rampMs(user, levelUsers, plan.rampS);
    let failuresInRow = 0;
    for (;;) {
      const freeMs = now();
      await stop.sleepUntil(t0Ms + dueMs);
      if (failuresInRow > 0) backoffMs += Math.max(0, Math.min(now(), dueMs) - freeMs - spec.workload.thinkTimeMs);
      if (stop.isStopped) {
        // It was due, but the stop came first; where the requests ran out, none was.
        if (dueMs <= stopMs && issued < requestsMax) tally.requests.due++;
        return;
      }
      const shape = nextShape();
      if (shape === null) return;
      tally.requests.due++;
      const end = await send(user, connection, dueMs, shape);
      if (end.record.doneMs === null) return;
      failuresInRow = end.record.outcome === "ok" ? 0 : failuresInRow + 1;
      dueMs = end.record.doneMs + pauseMs(failuresInRow, spec.workload.thinkTimeMs, end.retryAfterMs);
    }
  }

  async function openAhead(): Promise<void> {
    for (let first = 0; first < users.length; first += OPENED_AT_ONCE) {
      if (stop.isStopped) return;
      await Promise.all(users.slice(first, first + OPENED_AT_ONCE).map(({ connection }) => connection.open()));
    }
  }

  async function run(): Promise<ShardSummary> {
    if (ports.cancel.aborted) cancel();
    else ports.cancel.addEventListener("abort", cancel, { once: true });
    // T0 does not wait: a connection that is not open by then is the first request's own, and its record says so.
    if (!stop.isStopped) void openAhead();
    await stop.sleepUntil(t0Ms);
    const startLagMs = lateMs + Math.max(0, now());
    const loopDelay = monitorEventLoopDelay({ resolution: LOOP_DELAY_RESOLUTION_MS });
    loopDelay.enable();
    const loopUse = performance.eventLoopUtilization();
    const { durationS } = plan.stop;
    const clock = setTimeout(
      () => stopSending(durationS === null ? "budget" : "completed"),
      Math.ceil((durationS === null ? 1000 * spec.limits.maxDurationS : rampEndMs + 1000 * durationS) - now()),
    );
    await Promise.all(users.map(({ user, connection }) => runUser(user, connection)));
    const drainEndMs = now();
    clearTimeout(clock);
    if (drain !== null) clearTimeout(drain);
    ports.cancel.removeEventListener("abort", cancel);
    for (const { connection } of users) connection.cut();
    loopDelay.disable();
    const { failed, ok, errors } = tally.requests;
    const isRateLimited = ended === "completed" && ok === 0 && failed > 0 && errors.http_429 === failed;
    return {
      schema: "brimline.shard/1",
      record: RECORD_SCHEMA,
      shard: task.shard,
      shards: task.shards,
      t0UnixMs: task.t0UnixMs + lateMs,
      startLagMs,
      users: users.length,
      levelUsers,
      rampEndMs,
      stopMs,
      drainEndMs,
      firstIdleMs,
      ended: isRateLimited ? "rate_limited" : ended,
      requests: tally.requests,
      outputTokens: tally.okOutputTokens,
      backoffMs,
      medianE2eMs: tally.medianE2eMs(),
      openMs: tally.openMs,
      simulated,
      serverHeader,
      certificate: null,
      eventLoop: {
        delayP99Ms: Math.max(0, loopDelay.percentile(99) / 1e6 - LOOP_DELAY_RESOLUTION_MS),
        utilisation: performance.eventLoopUtilization(loopUse).utilization,
      },
    };
  }

  return {
    counters: () => ({
      inFlight: open.size,
      sent: tally.requests.sent,
      ok: tally.requests.ok,
      failed: tally.requests.failed,
      errors: { ...tally.requests.errors },
      outputTokens: tally.outputTokens + [...open].reduce((sum, request) => sum + request.chunks(), 0),
    }),
    ended: run(),
  };
}

import { demandOf } from "@brimline/core/load";
import { source } from "@brimline/core/job/level/source";
import { RECORD_SCHEMA, type ShardSummary } from "@brimline/core/record/record";
import { performance } from "node:perf_hooks";
import { closedLoop } from "./loop/closed.ts";
import { openLoop } from "./loop/open.ts";
import { watchLoopDelay } from "../clock/loop-delay.ts";
import { watchReadDelay } from "../clock/read-delay.ts";
import { createSending } from "./sending.ts";
import type { ShardCounters, ShardPorts, ShardPlan } from "./shard-plan.ts";
import { monotonicOriginUnixMs } from "../clock/wall.ts";

/**
 * Runs one shard of a level. It sends its part of the load from T0 until time or requests run out, the
 * endpoint is down, a limit is reached or `ports.cancel` aborts. Then open requests may drain, and those that
 * do not end in time are censored. A shard that starts late has a later T0. It throws a BrimlineError where
 * the endpoint's URL is refused.
 */
export function runShard(
  plan: ShardPlan,
  ports: ShardPorts,
): { counters(): ShardCounters; ended: Promise<ShardSummary> } {
  const demand = demandOf(plan.level.load);
  const originUnixMs = monotonicOriginUnixMs();
  const lateMs = Math.max(0, originUnixMs + performance.now() - plan.t0UnixMs);
  const t0UnixMs = plan.t0UnixMs + lateMs;
  const sending = createSending(plan, ports, t0UnixMs - originUnixMs);
  const loop = demand.isOpenLoop ? openLoop(plan, demand, sending) : closedLoop(plan, demand.users, sending);
  const { tally, stop, now } = sending;
  // What images of one size share takes a while to make, and is kept, so it is made before T0.
  source(plan).at(0).images();

  async function run(): Promise<ShardSummary> {
    // T0 does not wait for the connections: a request whose connection is not open by then opens it itself,
    // and its record says so.
    if (!stop.isStopped) void loop.openAhead();
    await sending.sleepUntil(0);
    const startLagMs = lateMs + Math.max(0, now());
    const loopDelay = watchLoopDelay();
    const readDelay = watchReadDelay();
    const loopUse = performance.eventLoopUtilization();
    const looped = await loop.run();
    const drainEndMs = now();
    await sending.close();
    loop.close();
    const { failed, ok, errors } = tally.requests;
    const ended = sending.ended();
    const isRateLimited = ended === "completed" && ok === 0 && failed > 0 && errors.http_429 === failed;
    const { header, simulated } = sending.server();
    return {
      schema: "brimline.shard/1",
      record: RECORD_SCHEMA,
      shard: plan.shard,
      shards: plan.shards,
      t0UnixMs,
      startLagMs,
      ...looped,
      stopMs: sending.stopMs(),
      drainEndMs,
      ended: isRateLimited ? "rate_limited" : ended,
      requests: tally.requests,
      outputTokens: tally.okOutputTokens,
      medianE2eMs: tally.medianE2eMs(),
      latencies: tally.latencies(),
      slices: tally.slices(),
      openMs: tally.openMs,
      simulated,
      serverHeader: header,
      certificate: null,
      uncertified: null,
      arrivals: tally.arrivals(),
      eventLoop: {
        delayP99Ms: loopDelay.end().p99Ms,
        readDelayP99Ms: readDelay.end().p99Ms,
        utilisation: performance.eventLoopUtilization(loopUse).utilization,
      },
    };
  }

  return {
    counters: () => ({
      inFlight: sending.openCount(),
      sent: tally.requests.sent,
      ok: tally.requests.ok,
      failed: tally.requests.failed,
      errors: { ...tally.requests.errors },
      outputTokens: tally.outputTokens + sending.openChunks(),
    }),
    ended: run(),
  };
}

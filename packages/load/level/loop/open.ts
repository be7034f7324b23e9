import { source } from "@brimline/core/job/level/source";
import type { OpenDemand } from "@brimline/core/load/rate";
import { onlyGrows } from "@brimline/core/metric/window/growth";
import { openLoopWindow } from "@brimline/core/metric/window/window";
import { BrimlineError } from "@brimline/core/error";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createAlarm } from "../../clock/alarm.ts";
import type { Sending, Prepared } from "../sending.ts";
import type { ShardPlan } from "../shard-plan.ts";
import type { Loop } from "./loop.ts";
import { openLimitOf } from "./open-limit.ts";
import { createConnectionPool, IDLE_MAX_MS } from "./pool.ts";
import { createTraffic } from "./traffic.ts";

/**
 * A request that was due in time is not sent at all if it cannot be sent within so many ms after the level's
 * end.
 */
const LATE_MAX_MS = 50;
/** How many connections are kept ready, in standard deviations of a second's arrivals. */
const READY_DEVIATIONS = 3;

/**
 * One shard's part of a level at a rate. Each request is sent at its due time, whatever is in flight. Nothing
 * is throttled: a request that could not be sent in time is sent late and its record says so, and one that
 * could not be sent by the level's end is counted as due and never sent. A shard with too many open requests
 * ends the level (`open_limit`), and so does a queue that only grows (`over_saturated`).
 */
export function openLoop(plan: ShardPlan, demand: OpenDemand, sending: Sending): Loop {
  const { level, shards } = plan;
  if (level.stop.durationS === null)
    throw new BrimlineError("internal", `level ${level.id} has a rate but no duration`);
  const durationMs = 1000 * level.stop.durationS;
  const maxOpen = plan.maxOpen ?? openLimitOf(demand, shards, plan.largestE2eMs);
  const deviation = Math.sqrt((demand.ratePerS / shards) * Math.max(1, demand.dispersion));
  const ready = Math.min(maxOpen, 2 + Math.ceil(READY_DEVIATIONS * deviation));
  const traffic = createTraffic(openLoopWindow({ largestWarmupE2eMs: plan.largestE2eMs, durationMs }));
  const running = new Set<Promise<void>>();
  const alarm = createAlarm();
  const { stop, tally, now } = sending;
  const pool = createConnectionPool(() => sending.connect(), ready, stop);

  async function sendOne(request: Prepared, dueMs: number): Promise<void> {
    const connection = pool.take();
    traffic.sent(now());
    const done = await sending.send(request, { user: null, connection, dueMs });
    traffic.done(now(), done);
    pool.giveBack(connection, done.outcome === "ok");
  }

  function begin(request: Prepared, dueMs: number): void {
    const sent = sendOne(request, dueMs).then(() => void running.delete(sent));
    running.add(sent);
  }

  /** It says whether one more request may be sent now. If not, sending has stopped. */
  function maySend(request: Prepared): boolean {
    if (now() > durationMs + LATE_MAX_MS) sending.stopSending("completed", durationMs);
    else if (sending.openCount() >= maxOpen) {
      // No figure can be taken from such a level, and what is open would still cost money.
      sending.stopSending("open_limit");
      sending.cutAll();
    } else if (!stop.isStopped && sending.isWithinBudget(request)) return true;
    return false;
  }

  function lookAtQueue(): void {
    const idleE2eMs = plan.largestE2eMs ?? tally.medianE2eMs() ?? Infinity;
    if (onlyGrows(traffic.slices(now()), demand.dispersion, idleE2eMs)) sending.stopSending("over_saturated");
  }

  return {
    openAhead() {
      // A connection that is idle for longer than IDLE_MAX_MS before its first request would have to be
      // opened again.
      const soon =
        Math.min(demand.expectedInFlight(plan.largestE2eMs), demand.expectedInFlight(IDLE_MAX_MS)) / shards;
      return pool.open(Math.min(maxOpen, ready + Math.ceil(soon)));
    },
    async run() {
      const watch = setInterval(lookAtQueue, traffic.sliceMs);
      for (const sourced of source(plan).part(plan)) {
        const dueMs = sourced.dueMs ?? now();
        if (stop.isStopped && dueMs > sending.stopMs()) break;
        const request = stop.isStopped ? null : sending.prepare(sourced);
        await sending.sleepExactlyUntil(dueMs, alarm);
        if (stop.isStopped && dueMs > sending.stopMs()) break;
        tally.requests.due++;
        if (request !== null && maySend(request)) begin(request, dueMs);
        // The turn lets this request be written before the next is drawn and prepared, which takes longer than
        // sending one. It also lets sockets be read where sending is behind.
        await nextTurn();
      }
      await sending.sleepUntil(durationMs);
      sending.stopSending("completed", durationMs);
      clearInterval(watch);
      await Promise.all(running);
      return { users: 0, levelUsers: 0, rampEndMs: 0, firstIdleMs: null, backoffMs: 0 };
    },
    close() {
      alarm.end();
      pool.close();
    },
  };
}

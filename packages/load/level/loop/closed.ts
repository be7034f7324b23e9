import { source } from "@brimline/core/job/level/source";
import { rampMs, usersOf } from "@brimline/core/load/concurrency";
import { pauseMs } from "../backoff.ts";
import type { Connection } from "../../transport/transport.ts";
import type { Sending } from "../sending.ts";
import type { ShardPlan } from "../shard-plan.ts";
import { type Loop, OPENED_AT_ONCE } from "./loop.ts";

/**
 * The users of one shard. Each starts on the ramp, sends, reads until the answer is done, pauses and sends again, until
 * time or requests run out. A request is due when its user is free again. A user waits longer after a failure
 * (`pauseMs`).
 */
export function closedLoop(plan: ShardPlan, levelUsers: number, sending: Sending): Loop {
  const { level, spec } = plan;
  const users = usersOf(plan.shard, plan.shards, levelUsers).map((user) => ({
    user,
    connection: sending.connect(),
  }));
  const rampEndMs = 1000 * level.rampS;
  const { stop, tally, now } = sending;
  let firstIdleMs: number | null = null;
  let lastIssuedMs = 0;
  let backoffMs = 0;

  const requests = source(plan).part(plan);
  let next = requests.next();

  async function runUser(user: number, connection: Connection): Promise<void> {
    let dueMs = rampMs(user, levelUsers, rampEndMs);
    let failuresInRow = 0;
    for (;;) {
      const freeMs = now();
      await sending.sleepUntil(dueMs);
      if (failuresInRow > 0)
        backoffMs += Math.max(0, Math.min(now(), dueMs) - freeMs - spec.workload.thinkTimeMs);
      if (stop.isStopped) {
        // A request was due before the stop and is counted as due, unless the requests had run out.
        if (dueMs <= sending.stopMs() && next.done !== true) tally.requests.due++;
        return;
      }
      if (next.done === true) {
        firstIdleMs ??= now();
        return sending.stopSending("completed", lastIssuedMs);
      }
      const request = sending.prepare(next.value);
      if (!sending.isWithinBudget(request)) return;
      lastIssuedMs = now();
      tally.requests.due++;
      const sent = sending.send(request, { user, connection, dueMs });
      next = requests.next();
      const { outcome, doneMs, retryAfterMs } = await sent;
      if (doneMs === null) return;
      failuresInRow = outcome === "ok" ? 0 : failuresInRow + 1;
      dueMs = doneMs + pauseMs(failuresInRow, spec.workload.thinkTimeMs, retryAfterMs);
    }
  }

  /**
   * Ends sending when the level's time is over. A level without a duration of its own ends when the job's
   * time is over, which is one of the job's limits.
   */
  function startClock(): NodeJS.Timeout {
    const { durationS } = level.stop;
    const endMs = durationS === null ? 1000 * spec.limits.maxDurationS : rampEndMs + 1000 * durationS;
    return setTimeout(
      () => sending.stopSending(durationS === null ? "budget" : "completed"),
      Math.ceil(endMs - now()),
    );
  }

  return {
    async openAhead() {
      for (let first = 0; first < users.length && !stop.isStopped; first += OPENED_AT_ONCE) {
        await Promise.all(
          users.slice(first, first + OPENED_AT_ONCE).map(({ connection }) => connection.open()),
        );
      }
    },
    async run() {
      const clock = startClock();
      await Promise.all(users.map(({ user, connection }) => runUser(user, connection)));
      clearTimeout(clock);
      return { users: users.length, levelUsers, rampEndMs, firstIdleMs, backoffMs };
    },
    close() {
      for (const { connection } of users) connection.cut();
    },
  };
}

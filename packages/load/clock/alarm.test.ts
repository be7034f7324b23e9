import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Alarm, createAlarm } from "./alarm.ts";
import { createStop } from "../level/stop.ts";

let alarm: Alarm;

beforeAll(async () => {
  alarm = createAlarm();
  await alarm.ring(performance.now());
});
afterAll(() => alarm.end());

/** The tolerance, ms: the two clocks are read one after the other. */
const CLOCKS_MS = 0.1;

describe("an alarm", () => {
  test("never rings before its time, even one between two whole ms", async () => {
    for (let nth = 0; nth < 20; nth++) {
      const atMs = performance.now() + 1.3;
      await alarm.ring(atMs);
      expect(performance.now()).toBeGreaterThanOrEqual(atMs - CLOCKS_MS);
    }
  });

  test("rings at once if its time has passed", async () => {
    const askedMs = performance.now();
    await alarm.ring(askedMs - 1);
    expect(performance.now() - askedMs).toBeLessThan(1000);
  });

  test("that is asked for another time resolves the earlier wait", async () => {
    const askedMs = performance.now();
    const first = alarm.ring(askedMs + 600_000);
    void alarm.ring(askedMs + 600_000);
    await first;
    expect(performance.now() - askedMs).toBeLessThan(1000);
  });

  test("does not ring once it has ended", async () => {
    const ended = createAlarm();
    await ended.ring(performance.now());
    const rung = ended.ring(performance.now() + 200).then(() => "rung");
    ended.end();
    expect(await Promise.race([rung, sleep(400, "silent")])).toBe("silent");
  });
});

describe("an exact sleep", () => {
  test("lasts until its time and leaves the event loop asleep meanwhile", async () => {
    const stop = createStop();
    const turns = (): number => performance.nodeTiming.uvMetricsInfo.loopCount;
    const turnsBefore = turns();
    for (let nth = 0; nth < 20; nth++) {
      const atMs = performance.now() + 3.3;
      await stop.sleepExactlyUntil(atMs, alarm);
      expect(performance.now()).toBeGreaterThanOrEqual(atMs);
    }
    // Turning the event loop for the 3 ms would take thousands of turns.
    expect(turns() - turnsBefore).toBeLessThan(1500);
  });

  test("is ended by timers if the alarm does not ring", async () => {
    const ended = createAlarm();
    ended.end();
    const atMs = performance.now() + 20;
    await createStop().sleepExactlyUntil(atMs, ended);
    expect(performance.now()).toBeGreaterThanOrEqual(atMs);
  });

  test("ends with the stop", async () => {
    const stop = createStop();
    const askedMs = performance.now();
    const asleep = stop.sleepExactlyUntil(askedMs + 600_000, alarm);
    stop.stop();
    await asleep;
    await stop.sleepExactlyUntil(askedMs + 600_000, alarm);
    expect(performance.now() - askedMs).toBeLessThan(1000);
  });
});

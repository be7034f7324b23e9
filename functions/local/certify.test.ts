import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { certifyWorkers } from "./certify.ts";

test("every worker measures itself once for each number of streams, two cores each, and one that dies does not stop the others", async () => {
  const workers = 2 * availableParallelism() + 1;
  const asked: unknown[] = [];
  let running = 0;
  let mostRunning = 0;
  await certifyWorkers(
    async (task, input) => {
      asked.push([task, input]);
      mostRunning = Math.max(mostRunning, ++running);
      await sleep(5);
      running--;
      if (asked.length === 2) throw new Error("the worker process that ran certify ended");
    },
    workers,
    [0, 1, 100, 101, 250],
  );
  expect(asked).toEqual(
    [100, 250].flatMap((streams) => Array.from({ length: workers }, () => ["certify", { streams }])),
  );
  expect(mostRunning).toBe(Math.max(1, Math.floor(availableParallelism() / 2)));
});

import { levelInput, syntheticLevel } from "@brimline/testkit/synthetic";
import { expect, test } from "vitest";
import { loadOf } from "../../load.ts";
import { runOf, type Run } from "./run.ts";

/** Ten users' requests, as if they had come at a rate. */
const runAt = (arrival: "poisson" | "constant", ratePerS: number): Run =>
  runOf(
    levelInput(
      syntheticLevel({
        id: "l01",
        users: 10,
        ttftMs: 200,
        gapMs: 20,
        outputTokens: 40,
        durationS: 60,
        t0UnixMs: 0,
      }),
    ).shards,
    { load: loadOf({ rate: ratePerS, arrival }), durationMs: 60_000, largestWarmupE2eMs: 1000 },
  );

test("at a rate a window knows by how much more was due in its slices than the rate brings", () => {
  // Ten users of 0.98 s each bring 10.2 requests/s, so 0.2 a second are more than the rate says.
  const { window } = runAt("poisson", 10);
  const excess = window?.excess ?? [];
  expect(excess).toHaveLength(60);
  expect(excess.reduce((sum, one) => sum + one, 0)).toBeCloseTo((10 / 0.98 - 10) * 58, -1);
});

test("constant arrivals have none that would explain a figure", () =>
  expect(runAt("constant", 10).window).not.toHaveProperty("excess"));

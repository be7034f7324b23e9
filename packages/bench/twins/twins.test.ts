import type { GateFigure } from "@brimline/core/compare/schema";
import { expect, test } from "vitest";
import { NO_SLOWDOWN, steadySystems } from "../intervals/systems.ts";
import { normalFrom, randomFrom } from "@brimline/core/random";
import { cvVerdict } from "./cv-rule.ts";
import { honestyOf } from "./honest.ts";
import { compared, type Run, runOf } from "./pair.ts";

const widthOf = (figure: GateFigure | undefined): number =>
  (figure?.change?.high ?? Number.NaN) - (figure?.change?.low ?? Number.NaN);

test("two levels of one seed are twins, and one whose endpoint takes 5 % longer is worse", () => {
  const [system, slow] = [NO_SLOWDOWN, { ...NO_SLOWDOWN, all: 1.05 }].map((slowdown) =>
    steadySystems(slowdown).find(({ name }) => name.startsWith("closed, 24")),
  );
  if (system === undefined || slow === undefined) throw new Error("no system");
  const first = runOf(system, 60, { seed: "one", noise: "a" });
  const twin = compared(first, runOf(slow, 60, { seed: "one", noise: "b" }));
  expect(twin).toMatchObject({ verdict: "worse", whyIndependent: null });
  const other = compared(first, runOf(system, 60, { seed: "two", noise: "b" }));
  expect(other.whyIndependent).toContain("different seeds");
  const same = compared(first, runOf(system, 60, { seed: "one", noise: "b" }));
  expect(widthOf(other.gate[0])).toBeGreaterThan(5 * widthOf(same.gate[0]));
});

test("the mean of TTFT decides at a rate, and not where users wait for their answers", () => {
  const decides = (name: string): boolean => {
    const system = steadySystems().find((one) => one.name.startsWith(name));
    if (system === undefined) throw new Error("no system");
    const [a, b] = ["a", "b"].map((noise) => runOf(system, 60, { seed: "one", noise }));
    if (a === undefined || b === undefined) throw new Error("no run");
    return compared(a, b).gate.some(({ figure }) => figure === "ttftMs.mean");
  };
  expect([decides("open, 55"), decides("closed, 10")]).toEqual([true, false]);
});

test("a closed loop that became slower is compared by its requests: TPOT p95 shows a twentieth", () => {
  const [system, slow] = [NO_SLOWDOWN, { ...NO_SLOWDOWN, all: 1.05 }].map((slowdown) =>
    steadySystems(slowdown).find(({ name }) => name === "closed, 10 users"),
  );
  if (system === undefined || slow === undefined) throw new Error("no system");
  const [a, b] = [
    runOf(system, 120, { seed: "one", noise: "a" }),
    runOf(slow, 120, { seed: "one", noise: "b" }),
  ];
  const tpot = (one: Run, other: Run) =>
    compared(one, other).gate.find(({ figure }) => figure === "tpotMs.p95");
  const bySlice = (run: Run): Run => ({
    ...run,
    influences: { ...run.influences, runs: run.influences.runs.map((one) => ({ ...one, requests: null })) },
  });
  expect(tpot(a, b)).toMatchObject({ verdict: "worse", change: { value: expect.closeTo(5, 0) } });
  expect(widthOf(tpot(a, b))).toBeLessThan(widthOf(tpot(bySlice(a), bySlice(b))));
});

test("what is printed as the smallest change is found in nine of ten, and less often where errors are too small", () => {
  const random = randomFrom(1);
  const values = Array.from({ length: 400 }, () => 0.02 * normalFrom(random));
  const found = (error: number): number =>
    honestyOf(
      values.map((value) => ({
        difference: { value, below: error, above: error, degrees: 1000 },
        tests: 5,
        margin: 0,
      })),
    )?.othersPercent ?? 0;
  expect(found(0.02)).toBeGreaterThan(86);
  expect(found(0.02)).toBeLessThan(94);
  expect(found(0.01)).toBeLessThan(80);
});

test("the rule of repeated runs calls a mean that is worse by the margin so, unless the runs vary", () => {
  const system = steadySystems().find(({ name }) => name === "closed, 24 users (queue)");
  if (system === undefined) throw new Error("no system");
  const { level } = runOf(system, 60, { seed: "one", noise: "a" });
  const times = (...factors: number[]) =>
    factors.map((factor) => ({
      ...level,
      outputTokensPerS: { ...level.outputTokensPerS, value: factor * (level.outputTokensPerS.value ?? 0) },
    }));
  const of = (after: number[]) =>
    cvVerdict(times(1, 1.01, 0.99), times(...after), { figure: "outputTokensPerS", marginPercent: 3 });
  expect(of([0.96, 0.97, 0.95])).toBe("worse");
  expect(of([0.98, 0.99, 0.97])).toBe("same");
  expect(of([1.2, 0.96, 0.7])).toBe("inconclusive");
});

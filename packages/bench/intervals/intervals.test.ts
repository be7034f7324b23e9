import { unknown, type Figure } from "@brimline/core/figure";
import { normalFrom, randomFrom } from "@brimline/core/random";
import { saturationOf } from "@brimline/sim/formula";
import { describe, expect, test } from "vitest";
import { coverageOf, figuresOf, type StudyKey } from "./coverage.ts";
import { GOALS, metBy, withheldBy } from "./goals.ts";
import { virtualLevel } from "./level.ts";
import { SYSTEMS, type System } from "./systems.ts";

const system = (name: string): System => {
  const found = SYSTEMS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no system ${name}`);
  return found;
};

describe("a level in virtual time", () => {
  const level = virtualLevel(system("closed, 10 users"), 30, "a");

  test("is the same for the same seed, and another for another", () => {
    expect(virtualLevel(system("closed, 10 users"), 30, "a")).toEqual(level);
    expect(virtualLevel(system("closed, 10 users"), 30, "b").outputTokensPerS.value).not.toBe(
      level.outputTokensPerS.value,
    );
  });

  test("gives what the engine's formula says of ten users", () => {
    const engine = {
      iterationMs: 20,
      iterationPerRequestMs: 1,
      prefillTokensPerS: 8000,
      slots: 12,
      kvTokens: 1e9,
    };
    const { maxTokensPerS, halfLoadUsers } = saturationOf(engine, { promptTokens: 256, outputTokens: 64 });
    const long = virtualLevel(system("closed, 10 users"), 600, "a");
    const said = long.outputTokensPerS.value ?? Number.NaN;
    expect(said / ((maxTokensPerS * 10) / (halfLoadUsers + 10))).toBeCloseTo(1, 1);
    expect(long.inFlight.value).toBeCloseTo(10, 1);
  });

  test("at a rate has a window of the asked length, and every figure that the study judges", () => {
    const open = virtualLevel(system("open, 30 % busy"), 30, "a");
    const [run] = open.runs;
    expect((run?.window?.endS ?? 0) - (run?.window?.startS ?? 0)).toBe(30);
    expect(figuresOf(open).filter(([, { n }]) => n > 0)).toHaveLength(figuresOf(open).length);
  });
});

test("right intervals cover 95 % and are as wide as the oracle's; one of half the width covers 67 %", () => {
  const random = randomFrom(1);
  const figures = (half: number): Figure[] =>
    Array.from({ length: 4000 }, () => {
      const value = 100 + normalFrom(random);
      return { ...unknown(), value, low: value - half, high: value + half, validity: "valid" as const };
    });
  const right = coverageOf("inFlight", 100, figures(1.96));
  expect(right.coveredPercent).toBeCloseTo(95, -0.5);
  expect(right.width).toBeCloseTo(1, 1);
  expect(right.oraclePercent).toBeCloseTo(1.96, 1);
  const narrow = coverageOf("inFlight", 100, figures(0.98));
  expect(narrow.coveredPercent).toBeLessThan(75);
  expect(narrow.width).toBeCloseTo(0.5, 1);
});

test("what is withheld, doubted or open at one end is counted apart", () => {
  const value = { ...unknown(), value: 10, low: 9, high: 11, validity: "valid" as const };
  const coverage = coverageOf("ttftMs.p95", 10, [
    value,
    { ...value, value: 10.5, high: null },
    { ...value, value: 12, low: 11.5, high: 12.5, validity: "indicative" },
    unknown("too_few"),
  ]);
  expect(coverage).toMatchObject({
    withheldPercent: 25,
    validPercent: 50,
    coveredPercent: 100,
    openPercent: 50,
  });
});

test("a figure meets its bounds within two standard errors of its levels, and each kind has its own", () => {
  const of = (key: StudyKey, coveredPercent: number, width: number | null) => ({
    ...coverageOf(key, 1, []),
    validPercent: 100,
    coveredPercent,
    width,
  });
  const said = {
    levels: 200,
    figures: [
      of("outputTokensPerS", 90, 1.53),
      of("ttftMs.mean", 89, 1.55),
      of("ttftMs.p95", 99, 1.86),
      of("e2eMs.p50", 50, 1.88),
      of("chunkGapMs.p99", 93, 2.21),
      { ...of("chunkGapMs.p50", 93, null), withheldPercent: 2.1 },
      { ...of("inFlight", 10, 9), validPercent: 4 },
    ],
  };
  expect(GOALS.map((goal) => metBy(said, goal))).toEqual([
    { figures: 2, held: 1, narrow: 1 },
    { figures: 2, held: 1, narrow: 1 },
    { figures: 2, held: 2, narrow: 1 },
  ]);
  expect(withheldBy(said)).toEqual(["chunkGapMs.p50"]);
});

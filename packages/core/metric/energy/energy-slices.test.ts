import { describe, expect, test } from "vitest";
import { type Figure, unknown } from "../../figure.ts";
import { randomFrom, seedOf } from "../../random.ts";
import { exact, flagged, quotient } from "../statistics/derive.ts";
import { doubtsOfTokens, energyRatio, type EnergySlice, type PoweredRun } from "./energy-slices.ts";
import { meanOf } from "../statistics/mean.ts";

const SLICES = 60;
/** Tokens vary by a third from slice to slice, and a token takes 2 J beside 100 J that each slice takes anyway. */
const TRUTH = (100 + 2 * 90) / 90;

/** A window of a minute whose slices were drawn by this seed. */
function powered(seed: string, noiseJ = 5): PoweredRun {
  const random = randomFrom(seedOf(seed));
  const tokens = Array.from({ length: SLICES }, () => 60 + 60 * random());
  const slicesJ = tokens.map((count) => 100 + 2 * count + noiseJ * (2 * random() - 1));
  const energyJ = exact(
    slicesJ.reduce((sum, joules) => sum + joules),
    600,
  );
  return {
    run: { window: { startMs: 0, endMs: 60_000, slices: SLICES } },
    energy: { energyJ, slicesJ, idlePowerW: exact(40, 100) },
    tokens: tokens.map((sum) => ({ sum, weight: 1 })),
  } as PoweredRun;
}

const perToken = ({ joules, tokens }: EnergySlice) => ({ sum: joules, weight: tokens });
const ofRun = (each: PoweredRun, shareOf = perToken): Figure =>
  energyRatio([each], each.energy.energyJ, shareOf);

describe("energy per token", () => {
  test("holds the true ratio in 95 of 100 windows, and is narrower than its two terms alone would make it", () => {
    const runs = Array.from({ length: 400 }, (_, i) => powered(`window ${i}`));
    const figures = runs.map((run) => ofRun(run));
    const held = figures.filter(({ low, high }) => (low ?? 0) <= TRUTH && TRUTH <= (high ?? 0)).length;
    expect(held / figures.length).toBeGreaterThan(0.93);
    expect(held / figures.length).toBeLessThan(0.985);
    const [run, figure] = [powered("window 0"), ofRun(powered("window 0"))];
    const power = ofRun(run, ({ joules, seconds }) => ({ sum: joules, weight: seconds }));
    const apart = quotient(power, meanOf([run.tokens], 600));
    const width = ({ low, high }: Figure): number => (high ?? Infinity) - (low ?? 0);
    expect(figure.value).toBeCloseTo(apart.value ?? 0, 9);
    expect(width(figure)).toBeLessThan(0.5 * width(apart));
  });

  test("above idle leaves the idle power's part of each slice out", () => {
    const run = powered("idle");
    const above = ofRun(run, ({ joules, idleJoules, tokens }) => ({
      sum: joules - idleJoules,
      weight: tokens,
    }));
    const tokens = run.tokens.reduce((sum, slice) => sum + slice.sum, 0);
    expect(above.value).toBeCloseTo(((run.energy.energyJ.value ?? 0) - 40 * 60) / tokens, 9);
  });

  test("of several runs has the interval between them", () =>
    expect(
      energyRatio([powered("a"), powered("b"), powered("c")], powered("a").energy.energyJ, perToken),
    ).toMatchObject({ method: "between_runs", low: expect.any(Number), high: expect.any(Number) }));

  test("is as doubtful as the energy, and null where that is", () => {
    const run = powered("doubt");
    const doubted = flagged(run.energy.energyJ, "clock_skew");
    expect(energyRatio([run], doubted, perToken)).toMatchObject({
      validity: "indicative",
      reasons: ["clock_skew"],
    });
    const missing = unknown("telemetry_gap");
    expect(energyRatio([run], missing, perToken)).toBe(missing);
  });
});

test("of the doubts about tokens those about their own interval are not the ratio's", () =>
  expect(doubtsOfTokens(flagged(exact(5, 1), "estimated", "too_correlated"))).toEqual(["estimated"]));

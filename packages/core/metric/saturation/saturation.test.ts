import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { normalFrom, randomFrom } from "../../random.ts";
import { single } from "../statistics/derive.ts";
import { fitCurve } from "./fit.ts";
import { profileOf } from "./profile.ts";
import { qualityWord, rateScaling, saturation } from "./saturation.ts";
import type { LoadPoint } from "./scaling.ts";

/**
 * A server whose iteration takes a + b·N. N users get N ÷ (a + b·N) tokens/s, so V = 1/b and K = a/b = 300.
 */
const V = 12_500;
const K = 300;
const served = (users: number): number => (V * users) / (K + users);

const pointsAt = (users: number[], throughput: (users: number) => number): LoadPoint[] =>
  users.map((count, i) => ({
    id: `l${i}`,
    users: count,
    load: count,
    throughput: single(throughput(count), 100),
  }));

const SWEEP = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
const noisy = (seed: number): ((users: number) => number) => {
  const random = randomFrom(seed);
  return (users) => served(users) * (1 + 0.01 * normalFrom(random));
};

describe("a server with a known maximum", () => {
  test("a sweep to 512 identifies it, and its intervals hold the truth", () => {
    const result = saturation(pointsAt(SWEEP, noisy(1)));
    expect(result.chosen).toBe("michaelis_menten");
    expect(result.fits.map((fit) => fit.family)).toEqual(["line", "michaelis_menten", "usl", "exponential"]);
    expect(result.maxTokensPerS).toMatchObject({ method: "profile", validity: "valid" });
    expect(result.maxTokensPerS.low).toBeLessThan(V);
    expect(result.maxTokensPerS.high).toBeGreaterThan(V);
    expect(result.halfLoad.low).toBeLessThan(K);
    expect(result.halfLoad.high).toBeGreaterThan(K);
    expect(result.currentPercentOfMax.value).toBeCloseTo((100 * 512) / 812, 0);
  });

  test("its 95 % point at 19·K lies far beyond what was measured, so it is not claimed", () =>
    expect(saturation(pointsAt(SWEEP, noisy(1))).load95).toMatchObject({
      value: null,
      reasons: ["extrapolated"],
    }));

  test("10, 50 and 100 users do not identify it, even without noise", () => {
    const result = saturation(pointsAt([10, 50, 100], served));
    expect(result.chosen).toBe("michaelis_menten");
    expect(result.fits).toHaveLength(1);
    expect(result.maxTokensPerS).toMatchObject({ value: null, reasons: ["not_identified"] });
    expect(result.fits[0]?.params.V?.value).toBeCloseTo(V, -1);
    expect(result.fits[0]?.params.K?.value).toBeCloseTo(K, 0);
    expect(result.nextLoadToTest).toBe(150);
  });

  test("levels that lie on the curve by chance, and are known to ± 8 %, do not make it sure", () => {
    const known = pointsAt(SWEEP, served);
    const vague = known.map((point) => {
      const value = point.throughput.value ?? 0;
      return { ...point, throughput: { ...point.throughput, low: 0.92 * value, high: 1.08 * value } };
    });
    const [sure, unsure] = [known, vague].map((points) => saturation(points).halfLoad);
    expect(sure?.low).toBeGreaterThan(280);
    expect(unsure?.low).toBeLessThan(270);
    expect(unsure?.high).toBeGreaterThan(330);
  });

  test("the intervals of K and V hold the truth in at least 90 % of sweeps", () => {
    const SWEEPS = 60;
    let covered = { K: 0, V: 0 };
    for (let seed = 1; seed <= SWEEPS; seed++) {
      const y = SWEEP.map(noisy(seed));
      const profile = profileOf(fitCurve("michaelis_menten", SWEEP, y), SWEEP, y);
      const holds = ({ low, high }: { low: number; high: number | null }, truth: number): number =>
        low <= truth && truth <= (high ?? Infinity) ? 1 : 0;
      covered = { K: covered.K + holds(profile.K, K), V: covered.V + holds(profile.V, V) };
    }
    expect(covered.K / SWEEPS).toBeGreaterThan(0.9);
    expect(covered.V / SWEEPS).toBeGreaterThan(0.9);
  });
});

test("of a server that is full within the sweep the 95 % point is claimed", () => {
  const result = saturation(pointsAt(SWEEP, (users) => (V * users) / (20 + users)));
  expect(result.load95.value).toBeCloseTo(380, -1);
  expect(result.tokensPerSAt95.value).toBeCloseTo(0.95 * V, -2);
  expect(result.firstBelow10PercentId).toBe("l8");
  expect(result.knee.value).not.toBeNull();
  expect(result.nextLoadToTest).toBeNull();
});

test("a server that is full at once, as its KV cache is, has no maximum but the one that was measured", () => {
  const known = [
    [10, 200],
    [50, 825],
    [100, 1360],
    [136, 1579],
    [150, 1559],
    [177, 1563],
  ] as const;
  const points = known.map(([load, tokensPerS], i) => ({
    id: `l${i}`,
    users: load,
    load,
    throughput: { ...single(tokensPerS, 1000), low: 0.99 * tokensPerS, high: 1.01 * tokensPerS },
  }));
  const { maxTokensPerS, tokensPerSAt95, knee, nextLoadToTest } = saturation(points);
  for (const claim of [maxTokensPerS, tokensPerSAt95])
    expect(claim).toMatchObject({ value: null, reasons: ["not_identified"] });
  expect(knee.value).not.toBeNull();
  expect(nextLoadToTest).toBeNull();
});

test("for a server that falls again the Universal Scalability Law is chosen and its peak claimed", () => {
  const result = saturation(
    pointsAt(SWEEP, (users) => (40 * users) / (1 + 0.003 * (users - 1) + 2e-5 * users * (users - 1))),
  );
  expect(result.chosen).toBe("usl");
  expect(result.load95.value).toBeCloseTo(Math.sqrt((1 - 0.003) / 2e-5), 0);
  expect(result.halfLoad.reasons).toEqual(["not_applicable"]);
});

test("a server that only scales has no maximum", () => {
  const result = saturation(pointsAt(SWEEP, (users) => 20 * users));
  expect(result.maxTokensPerS).toMatchObject({ value: null, reasons: ["not_identified"] });
  expect(result.firstBelow10PercentId).toBeNull();
});

test("a server that approaches its maximum exponentially is distinguished from Michaelis–Menten", () => {
  const result = saturation(pointsAt(SWEEP, (users) => V * (1 - Math.exp(-users / 100))));
  expect(result.chosen).toBe("exponential");
  expect(result.maxTokensPerS.value).toBeCloseTo(V, -1);
  expect(result.load95.value).toBeCloseTo(300, -1);
});

describe("fewer levels", () => {
  test.each([0, 1, 2])("%d levels give no curve", (count) => {
    const result = saturation(pointsAt(SWEEP.slice(0, count), served));
    expect(result).toMatchObject({ fits: [], chosen: null });
    expect(result.maxTokensPerS.reasons).toEqual(["too_few_levels"]);
    expect(result.marginal).toHaveLength(Math.max(0, count - 1));
  });

  test("levels without throughput are left out", () =>
    expect(
      saturation(
        [...pointsAt([10, 20], served), ...pointsAt([30], () => 0)].map((point, i) => ({
          ...point,
          id: `p${i}`,
        })),
      ).points,
    ).toEqual(["p0", "p1"]));

  test("levels in any order are put in order of their load", () =>
    expect(saturation(pointsAt([100, 10, 50], served)).points).toEqual(["l1", "l2", "l0"]));
});

describe("the band around the curve", () => {
  const curve = (x: number): number => (5000 * x) / (100 + x);
  const noisy = (x: number): number => curve(x) * (1 + 0.02 * Math.sin(7 * x));

  test("reaches to 1.5 times the highest load, holds the curve, and is wider where nothing was measured", () => {
    const { band, fits, chosen } = saturation(pointsAt([10, 30, 90], noisy));
    const { V, K } = fits.find(({ family }) => family === chosen)?.params ?? {};
    const [first, last] = [band[0], band.at(-1)];
    expect([first?.load, first?.low, first?.high]).toEqual([0, 0, 0]);
    expect(last?.load).toBeCloseTo(135, 9);
    for (const { load, low, high } of band) {
      const own = ((V?.value ?? 0) * load) / ((K?.value ?? 0) + load);
      expect(low).toBeLessThanOrEqual(own * (1 + 1e-9));
      expect(high).toBeGreaterThanOrEqual(own * (1 - 1e-9));
    }
    const middle = band.find(({ load }) => load >= 30);
    const own = ((V?.value ?? 0) * 30) / ((K?.value ?? 0) + 30);
    expect((middle?.low ?? 0) / own).toBeLessThan(0.97);
    expect((middle?.high ?? 0) / own).toBeGreaterThan(1.03);
    const widthAt = (load: number): number => {
      const at = band.find((one) => one.load >= load);
      return at === undefined ? 0 : (at.high - at.low) / at.high;
    };
    expect(widthAt(130)).toBeGreaterThan(2 * widthAt(30));
  });
  test.each<[string, string, (users: number) => number]>([
    ["usl", "a server that falls again", (x) => (40 * x) / (1 + 0.003 * (x - 1) + 2e-5 * x * (x - 1))],
    ["line", "a server that only scales", (x) => 20 * x],
    ["exponential", "a server that approaches its maximum", (x) => 5000 * (1 - Math.exp(-x / 100))],
  ])("holds %s, the curve of %s, in 88 % of sweeps over the loads that were measured", (family, _, truth) => {
    const held = new Map<number, number>();
    let [sweeps, seed] = [0, 0];
    while (sweeps < 20 && seed < 200) {
      const random = randomFrom(++seed);
      const points = pointsAt(SWEEP, (users) => truth(users) * Math.exp(0.02 * normalFrom(random)));
      const { band, chosen } = saturation(points);
      if (chosen !== family) continue;
      sweeps++;
      for (const { load, low, high } of band.filter(({ load }) => load > 0 && load <= 512))
        held.set(load, (held.get(load) ?? 0) + (low <= truth(load) && truth(load) <= high ? 1 : 0));
    }
    expect(sweeps).toBe(20);
    const shares = [...held.values()].map((count) => count / sweeps);
    expect(shares.length).toBeGreaterThan(20);
    expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeGreaterThanOrEqual(0.88);
  });
  test("of a line is as narrow as its noise, and of the law wider where nothing was measured", () => {
    const random = randomFrom(5);
    const line = saturation(pointsAt(SWEEP, (users) => 20 * users * Math.exp(0.02 * normalFrom(random))));
    const last = line.band.at(-1);
    expect((last?.high ?? 0) / (last?.low ?? 1)).toBeLessThan(1.06);
    const law = saturation(
      pointsAt(
        SWEEP,
        (x) => ((40 * x) / (1 + 0.003 * (x - 1) + 2e-5 * x * (x - 1))) * Math.exp(0.02 * normalFrom(random)),
      ),
    );
    const ratio = (load: number): number => {
      const at = law.band.find((one) => one.load >= load);
      return at === undefined ? 0 : at.high / at.low;
    };
    expect(law.chosen).toBe("usl");
    expect(ratio(760)).toBeGreaterThan(ratio(256));
  });
  test("is missing for rates, and where there are too few levels", () => {
    expect(rateScaling(pointsAt([1, 2, 4], curve)).band).toEqual([]);
    expect(saturation(pointsAt([1, 2], curve)).band).toEqual([]);
  });
});

test("any levels give a result whose numbers are finite", () => {
  const Point = fc.record({
    load: fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 1e5, noNaN: true })),
    rate: fc.oneof(fc.constant(0), fc.double({ min: 0.001, max: 1e7, noNaN: true })),
  });
  fc.assert(
    fc.property(fc.array(Point, { maxLength: 10 }), (given) => {
      const points = given.map(({ load, rate }, i) => ({
        id: `l${i}`,
        users: i + 1,
        load,
        throughput: single(rate, 10),
      }));
      const { fits, maxTokensPerS, halfLoad, band } = saturation(points);
      const values = [maxTokensPerS, halfLoad, ...fits.flatMap((fit) => Object.values(fit.params))].flatMap(
        ({ value, low, high }) => [value ?? 0, low ?? 0, high ?? 0],
      );
      expect([...values, ...band.flatMap(Object.values)].every(Number.isFinite)).toBe(true);
    }),
    { numRuns: 20 },
  );
});

describe("of the many levels of a search", () => {
  const searched = pointsAt([16, 32, 64, 80, 88, 92, 92, 92], served).map((point, i) => ({
    ...point,
    // Levels at one load differ by chance.
    load: point.load * (1 + 0.001 * i),
  }));
  const steps = (found: ReturnType<typeof saturation>): [string, string][] =>
    found.marginal.map(({ fromId, toId }) => [fromId, toId]);

  test("those at one load are one step, and no gain is told between them", () =>
    expect(steps(saturation(searched)).flat()).toEqual([
      "l0",
      "l1",
      "l1",
      "l2",
      "l2",
      "l3",
      "l3",
      "l4",
      "l4",
      "l5",
    ]));
  test("loads that are near to one another show no knee, because they are not compared", () => {
    const found = saturation(searched, 1.25);
    expect(steps(found)).toEqual([
      ["l0", "l1"],
      ["l1", "l2"],
      ["l2", "l3"],
    ]);
    expect(found.points).toHaveLength(8);
  });
});

test("elasticity is the gain in throughput over the gain in load", () => {
  const [gain] = saturation(pointsAt([10, 20], (users) => (users === 10 ? 100 : 150))).marginal;
  expect(gain).toMatchObject({
    fromId: "l0",
    toId: "l1",
    gainPercent: { value: 50 },
    tokensPerS: { value: 50 },
    elasticity: { value: 0.5 },
  });
});

test.each([
  [0.999, "excellent"],
  [0.96, "good"],
  [0.9, "fair"],
  [0.5, "poor"],
])("R² %d is %s", (r2, word) => expect(qualityWord(r2)).toBe(word));

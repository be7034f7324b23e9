import { describe, expect, test } from "vitest";
import { versusFirst } from "../metric/saturation/versus-first.ts";
import { exact, quotient, scaled, single } from "../metric/statistics/derive.ts";
import { modelDims } from "../metric/hardware/flops.ts";
import { peakTflops } from "../metric/hardware/gpu.ts";
import { mfuOutputOnlyPercent } from "../metric/hardware/mfu.ts";
import { runOf, steadyRuns } from "../metric/window/run.ts";
import { qualityWord, saturation } from "../metric/saturation/saturation.ts";
import { inFlight } from "../metric/throughput.ts";
import { tableOfRecords } from "../record/columns/table-reader.ts";
import { aggregate } from "./aggregate.ts";
import { SEED_A40 } from "@brimline/testkit/seed-a40";
import { answeredRequest, CREATED_UNIX_MS, syntheticJob, syntheticLevel } from "@brimline/testkit/synthetic";

const levels = SEED_A40.levels.map((level, i) => ({
  ...level,
  id: `l0${i + 1}`,
  throughput: single(level.outputTokensPerS, level.requests),
}));
const dims = modelDims({ params: SEED_A40.params });
const mfu = levels.map((level) =>
  mfuOutputOnlyPercent(level.throughput, dims, peakTflops(SEED_A40.gpu, null)),
);

describe("the figures that a printed A40 run gives", () => {
  test("its GPU has a dense peak of 149.7 TFLOPS", () =>
    expect(peakTflops(SEED_A40.gpu, "fp16")).toBe(SEED_A40.peakTflops));

  test("the MFU of output tokens alone is 1.97, 8.09 and 15.58 %", () =>
    expect(mfu.map((figure) => Number(figure.value?.toFixed(2)))).toEqual(
      SEED_A40.levels.map((level) => level.mfuPercent),
    ));

  test("tokens per joule are 0.76, 3.02 and 5.67", () => {
    const perJ = levels.map((level) => quotient(level.throughput, single(level.powerW, 1)).value?.toFixed(2));
    expect(perJ.map(Number)).toEqual(SEED_A40.levels.map((level) => level.tokensPerJ));
  });

  test("against 10 users throughput and MFU gain 311.1 % and 691.9 %, and TTFT p95 14.4 % and 22.5 %", () => {
    const compared = versusFirst(
      levels.map((level, i) => ({
        id: level.id,
        throughput: level.throughput,
        mfu: mfu[i] ?? single(0, 0),
        ttftP95: single(level.ttftP95Ms, 50),
      })),
    );
    expect(compared?.firstLevelId).toBe("l01");
    const [fifty, hundred] = compared?.rows ?? [];
    expect(Math.abs((fifty?.throughputPercent.value ?? 0) - 311.1)).toBeLessThan(0.3);
    expect(Math.abs((hundred?.throughputPercent.value ?? 0) - 691.9)).toBeLessThan(0.3);
    expect(hundred?.mfuPercent.value).toBeCloseTo(hundred?.throughputPercent.value ?? 0, 6);
    expect(fifty?.ttftP95Percent.value).toBeCloseTo(14.4, 1);
    expect(hundred?.ttftP95Percent.value).toBeCloseTo(22.53, 1);
  });

  test.each(SEED_A40.levels.map((level, i) => [level, [7.5, 39.9, 78.3][i] ?? 0] as const))(
    "by Little's law $users users had fewer in flight",
    (level, expected) => {
      // The same requests, with the same mean latency, are spread evenly over the same time.
      const lengthMs = 1000 * level.durationS;
      const records = Array.from({ length: 3 * level.requests }, (_, index) =>
        answeredRequest({
          index,
          user: index,
          sentMs: (lengthMs * index) / level.requests - lengthMs,
          ttftMs: level.e2eAvgMs,
          gapMs: 0,
          outputTokens: 1,
        }),
      );
      const [shard] = syntheticLevel({
        id: "l01",
        users: 1,
        ttftMs: 1,
        gapMs: 1,
        outputTokens: 1,
        durationS: 1,
        t0UnixMs: CREATED_UNIX_MS,
      }).shards;
      if (shard === undefined) throw new Error("no shard");
      const run = runOf([{ summary: shard.summary, records: tableOfRecords(records) }], {
        load: { kind: "concurrency", users: 1 },
        durationMs: null,
        largestWarmupE2eMs: null,
      });
      const steady = steadyRuns([{ ...run, window: { startMs: 0, endMs: lengthMs, slices: 1 } }]);
      expect(inFlight(steady).value).toBeCloseTo(expected, 1);
    },
  );
});

describe("its saturation, on the users it asked for", () => {
  const result = saturation(
    levels.map(({ id, users, throughput }) => ({ id, users, load: users, throughput })),
  );
  const [fit] = result.fits;
  const V = fit?.params.V?.value ?? 0;
  const K = fit?.params.K?.value ?? 0;

  test("the curve has V = 14,447 and K = 892.6 within 0.5 %, and its R² of 0.999 is excellent", () => {
    expect(fit?.family).toBe("michaelis_menten");
    expect(Math.abs(V / 14_447 - 1)).toBeLessThan(0.005);
    expect(Math.abs(K / 892.6 - 1)).toBeLessThan(0.005);
    expect(fit?.r2?.toFixed(3)).toBe("0.999");
    expect(qualityWord(fit?.r2 ?? 0)).toBe("excellent");
  });

  test("by that curve the best level reached 10.1 %, and 95 % lies at 19·K", () => {
    expect(quotient(single(1457.8, 500), exact(V, 3), 100).value).toBeCloseTo(10.1, 1);
    expect((V * 19 * K) / (K + 19 * K)).toBeCloseTo(0.95 * V, 6);
    expect(19 * K).toBeCloseTo(16_960, -2);
  });

  test("three points up to 100 users do not identify a maximum, so none is claimed", () => {
    for (const figure of [
      result.maxTokensPerS,
      result.halfLoad,
      result.currentPercentOfMax,
      result.load95,
      result.tokensPerSAt95,
    ]) {
      expect(figure).toMatchObject({ value: null, reasons: ["not_identified"] });
    }
    expect(fit?.params.K).toMatchObject({
      high: null,
      validity: "indicative",
      reasons: ["not_identified"],
      method: "profile",
    });
    expect(result.nextLoadToTest).toBe(150);
  });

  test("the marginal gains are 573 and 701 tokens/s, or 311.1 and 92.6 %, and none is below 10 %", () => {
    expect(result.marginal.map((gain) => Math.round(gain.tokensPerS.value ?? 0))).toEqual([573, 701]);
    expect(result.marginal.map((gain) => Number(gain.gainPercent.value?.toFixed(1)))).toEqual([311.1, 92.6]);
    expect(result.firstBelow10PercentId).toBeNull();
    expect(result.knee.reasons).toEqual(["not_identified"]);
  });

  test("the best level per user is 10 users, with 18.4 tokens/s", () => {
    expect(result.bestPerUserId).toBe("l01");
    expect(scaled(levels[0]?.throughput ?? single(0, 0), 1 / 10).value?.toFixed(1)).toBe("18.4");
  });
});

test("a report of such levels says in words that the maximum is not identified", () => {
  // These latencies give the printed throughputs: 100 tokens per request, so users × 100 ÷ latency tokens/s.
  const run = SEED_A40.levels.map(({ users, outputTokensPerS }, i) =>
    syntheticLevel({
      id: `l0${i + 1}`,
      users,
      ttftMs: 200,
      gapMs: ((users * 100 * 1000) / outputTokensPerS - 200) / 99,
      outputTokens: 100,
      durationS: 150,
      t0UnixMs: CREATED_UNIX_MS + 300_000 * i,
    }),
  );
  const report = aggregate(
    syntheticJob(run, { model: { params: SEED_A40.params }, gpu: { name: SEED_A40.gpu } }),
  );
  const sentences = Object.fromEntries(report.findings.map(({ code, sentence }) => [code, sentence]));
  expect(sentences["maximum_not_identified"]).toMatch(/^The maximum throughput is not identified/);
  expect(sentences["best_throughput"]).toMatch(/^Best throughput: 1,4\d\d tokens\/s at 100 users\.$/);
  expect(sentences["best_per_user"]).toMatch(
    /^Best throughput per user: 18\.\d tokens\/s per user at 10 users\.$/,
  );
  expect(sentences["test_next"]).toBe(
    "To find out more, test 150 users next: 1.5 times the highest level that counts.",
  );
  expect(sentences["no_saturation_seen"]).toMatch(/no saturation was seen/);
  expect(sentences["theoretical_peak"]).toMatch(/^149\.7 TFLOPS is a theoretical dense peak/);
  expect(report.saturation?.maxTokensPerS).toMatchObject({ value: null, reasons: ["not_identified"] });
  expect(report.saturation?.fits[0]?.params.V?.value).toBeGreaterThan(10_000);
  expect(report.verdict).toMatchObject({ levelId: "l03", limit: "not_reached", capacity: { value: 100 } });
  expect(report.levels.map((level) => Math.round(level.mfuOutputOnlyPercent.value ?? 0))).toEqual([2, 8, 16]);
});

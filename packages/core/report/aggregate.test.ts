import { LLAMA_8B } from "@brimline/testkit/model-configs";
import { rateLoad } from "../load/rate.ts";
import { describe, expect, test } from "vitest";
import { aggregate, aggregateAll } from "./aggregate.ts";
import { Figure } from "../figure.ts";
import { Report } from "./schema.ts";
import { serialise } from "./serialise.ts";
import {
  answeredRequest,
  CREATED_UNIX_MS,
  failedRequest,
  knownCertificate,
  type KnownLevel,
  syntheticJob,
  syntheticLevel,
  withRecords,
  withSummary,
} from "@brimline/testkit/synthetic";

// A request takes 200 + 39 × 20 = 980 ms, so 10 users get 10 × 40 / 0.98 = 408.163 tokens/s and 10.204
// requests/s.
const tenUsers = (changes: Partial<Parameters<typeof syntheticLevel>[0]> = {}): KnownLevel =>
  syntheticLevel({
    id: "l01",
    users: 10,
    ttftMs: 200,
    gapMs: 20,
    outputTokens: 40,
    inputTokens: 100,
    durationS: 60,
    t0UnixMs: CREATED_UNIX_MS + 5000,
    ...changes,
  });

const warmup = (): KnownLevel =>
  tenUsers({ id: "warmup", role: "warmup", users: 2, durationS: 2, t0UnixMs: CREATED_UNIX_MS });

function onlyLevel(report: Report): Report["levels"][number] {
  const level = report.levels.find(({ role }) => role !== "warmup");
  if (level === undefined) throw new Error("no level");
  return level;
}

function checkFigure({ value, low, high, reasons }: Figure, path: string): void {
  if (value === null) expect(reasons, path).not.toEqual([]);
  if (value !== null)
    expect(
      [low ?? value, value, high ?? value].toSorted((a, b) => a - b),
      path,
    ).toEqual([low ?? value, value, high ?? value]);
}

/** Every number of a report must be finite, and every null figure must have reasons. */
function check(report: Report): Report {
  const parsed = Report.parse(JSON.parse(serialise(report)));
  const walk = (value: unknown, path: string): void => {
    if (typeof value === "number") expect(Number.isFinite(value), path).toBe(true);
    if (value === null || typeof value !== "object") return;
    const figure = Figure.safeParse(value);
    if (figure.success) checkFigure(figure.data, path);
    for (const [key, item] of Object.entries(value)) walk(item, `${path}/${key}`);
  };
  walk(parsed, "");
  return parsed;
}

describe("a level with known answers", () => {
  const report = check(aggregate(syntheticJob([warmup(), tenUsers()])));
  const level = onlyLevel(report);

  test.each([
    ["throughput is users × tokens ÷ latency", level.outputTokensPerS, (10 * 40) / 0.98, 0.01],
    ["requests per second are users ÷ latency", level.requestsPerS, 10 / 0.98, 0.01],
    ["prompt tokens per second are 100 a request", level.inputTokensPerS, 1000 / 0.98, 0.01],
    ["all users are in flight all the time", level.inFlight, 10, 1e-6],
    ["throughput per user is tokens ÷ latency", level.tokensPerSPerUser, 40 / 0.98, 0.01],
    ["TTFT p50", level.ttftMs.p50, 200, 1e-9],
    ["E2E p95", level.e2eMs.p95, 980, 1e-9],
    ["TPOT p50", level.tpotMs.p50, 20, 1e-9],
    ["chunk gap p50", level.chunkGapMs.p50, 20, 1e-9],
    ["user speed is 1000 ÷ TPOT", level.userSpeedTokensPerS.p50, 50, 1e-9],
    ["speed per request is tokens ÷ E2E", level.perRequestTokensPerS.p50, 40 / 0.98, 1e-6],
    ["output tokens per request", level.outputTokensPerRequest.mean, 40, 1e-9],
    ["send lag", level.sendLagMs.p50, 0, 1e-9],
  ])("%s", (_, figure, expected, tolerance) => {
    expect(figure.value).not.toBeNull();
    expect(Math.abs((figure.value ?? 0) - expected)).toBeLessThanOrEqual(tolerance * expected + 1e-9);
    expect(figure.validity).toBe("valid");
  });

  test("a throughput has an interval that holds it", () => {
    expect(level.outputTokensPerS.method).toBe("batch_means");
    expect(level.outputTokensPerS.low).toBeLessThanOrEqual((10 * 40) / 0.98);
    expect(level.outputTokensPerS.high).toBeGreaterThanOrEqual((10 * 40) / 0.98);
  });

  test("chunk gaps that are all the same are worth as many values as there are", () => {
    const { n, nEff } = level.chunkGapMs.p50;
    expect(n).toBeGreaterThan(39 * level.requests.inWindow - 400);
    expect(nEff).toBe(n);
  });

  test("one chunk was one token, so ITL is the chunk gap", () => expect(level.itlMs?.p50.value).toBe(20));

  test("the level is valid and its counts add up", () => {
    expect(level).toMatchObject({
      validity: "valid",
      reasons: [],
      state: "completed",
      coalescedPercent: 0,
      stalls: { count: 0, longestMs: null },
    });
    expect(level.requests.ok).toBe(level.requests.sent);
    expect(level.tokens).toMatchObject({
      output: 40 * level.requests.ok,
      input: 100 * level.requests.ok,
      cachedInputPercent: 0,
      source: "usage",
    });
  });

  test("the window begins one latency after the last user did and ends with sending", () => {
    // The tenth user starts at 882 ms, and the level starts 5 s after the job.
    expect(level.runs[0]?.window?.startS).toBeCloseTo(5 + 0.882 + 0.98, 3);
    expect(level.runs[0]?.window?.endS).toBeCloseTo(5 + 60 + 0.98, 3);
  });

  test("what was neither given nor measured is null and says why", () => {
    expect(level.mfuPercent.reasons).toEqual(["unknown_model"]);
    expect(level.joulePerOutputToken.reasons).toEqual(["no_telemetry"]);
    expect(level.usdPerMOutputTokens.reasons).toEqual(["no_price"]);
    expect(level.goodPercent.reasons).toEqual(["no_slo"]);
    expect(report.certificate.addedTtftMs.reasons).toEqual(["not_recorded"]);
  });

  test("the warm-up stays out of the figures", () => {
    expect(report.levels.map(({ id }) => id)).toEqual(["warmup", "l01"]);
    expect(report.saturation?.points).toEqual(["l01"]);
    expect(report).toMatchObject({ validity: "valid", reasons: [] });
  });
});

describe("the bytes of a report", () => {
  const input = (shards: number): KnownLevel[] => [
    warmup(),
    tenUsers({ shards, jitter: 0.3 }),
    tenUsers({ id: "l02", users: 20, shards, jitter: 0.3 }),
  ];

  test("the same inputs give the same bytes", () =>
    expect(serialise(aggregate(syntheticJob(input(4))))).toBe(serialise(aggregate(syntheticJob(input(4))))));

  test("the order in which shards were read does not matter", () => {
    const turned = input(4).map((level) => ({ ...level, shards: level.shards.toReversed() }));
    expect(serialise(aggregate(syntheticJob(turned)))).toBe(serialise(aggregate(syntheticJob(input(4)))));
  });

  test("influences are the same bytes, too, whatever the order of the shards", () => {
    const of = (order: number[]): string => {
      const levels = input(4).map((level) => ({
        ...level,
        shards: order.flatMap((shard) => level.shards[shard] ?? []),
      }));
      return JSON.stringify(aggregateAll(syntheticJob(levels)).influences());
    };
    const first = of([0, 1, 2, 3]);
    expect(first).toContain('"requests":{');
    for (const order of [
      [3, 1, 0, 2],
      [1, 0, 3, 2],
      [2, 3, 1, 0],
    ])
      expect(of(order)).toBe(first);
  });

  test("four shards give the same figures as one", () => {
    const [one, four] = [1, 4].map((shards) => onlyLevel(aggregate(syntheticJob(input(shards)))));
    expect(four?.ttftMs).toEqual(one?.ttftMs);
    expect(four?.outputTokensPerS.value).toBeCloseTo(one?.outputTokensPerS.value ?? 0, 3);
  });

  test("a shard whose clock starts later is put on the same clock", () => {
    const level = tenUsers({ shards: 2 });
    const late = {
      ...level,
      shards: level.shards.map((shard) => (shard.summary.shard === 0 ? shard : laterBy(500, shard))),
    };
    expect(onlyLevel(aggregate(syntheticJob([late]))).outputTokensPerS.value).toBeCloseTo(408.2, -1);
    expect(onlyLevel(aggregate(syntheticJob([late]))).runs[0]?.window?.startS).toBeCloseTo(
      5 + 0.882 + 0.98,
      3,
    );
  });
});

/** The same requests at the same moments, as a shard with a later T0 sees them. */
function laterBy(
  ms: number,
  { summary, records }: KnownLevel["shards"][number],
): KnownLevel["shards"][number] {
  const less = (at: number | null): number | null => (at === null ? null : at - ms);
  return {
    summary: {
      ...summary,
      t0UnixMs: summary.t0UnixMs + ms,
      stopMs: summary.stopMs - ms,
      drainEndMs: summary.drainEndMs - ms,
    },
    records: records.map((record) => ({
      ...record,
      dueMs: record.dueMs - ms,
      sentMs: record.sentMs - ms,
      firstMs: less(record.firstMs),
      firstVisibleMs: less(record.firstVisibleMs),
      lastMs: less(record.lastMs),
      doneMs: less(record.doneMs),
    })),
  };
}

describe("with little or nothing to report", () => {
  test.each<[string, KnownLevel[]]>([
    ["no level at all", []],
    ["a warm-up alone", [warmup()]],
    ["one request", [withRecords(tenUsers(), (records) => records.slice(0, 1))]],
    ["no request", [withRecords(tenUsers(), () => [])]],
    [
      "no shard that came back",
      [{ ...tenUsers(), shards: [], missingShards: 2, state: "failed", reason: "shards_lost" }],
    ],
    [
      "nothing but failed requests",
      [
        withRecords(tenUsers(), (records) =>
          records.map((record) => failedRequest(record.sentMs, "http_5xx", 5)),
        ),
      ],
    ],
    [
      "nothing but cut requests",
      [
        withRecords(tenUsers(), (records) =>
          records.map((record) => failedRequest(record.sentMs, "censored", 0)),
        ),
      ],
    ],
    ["answers of one token", [tenUsers({ outputTokens: 1 })]],
    [
      "answers that take no time",
      [
        withRecords(tenUsers(), (records) =>
          records.map((record) =>
            answeredRequest({ sentMs: record.sentMs, ttftMs: 0, gapMs: 0, outputTokens: 2 }),
          ),
        ),
      ],
    ],
    [
      "no usage",
      [
        withRecords(tenUsers(), (records) =>
          records.map((record) => ({
            ...record,
            tokens: { ...record.tokens, input: null, output: null, source: "chunks" },
          })),
        ),
      ],
    ],
    ["a level of three latencies", [tenUsers({ durationS: 3 })]],
    ["two levels of the same load", [tenUsers(), tenUsers({ id: "l02" }), tenUsers({ id: "l03" })]],
  ])("%s gives a report without an error and without NaN", (_, levels) => {
    const report = check(
      aggregate(
        syntheticJob(levels, {
          model: { params: 8e9 },
          gpu: { peakTflops: 149.7, usdPerHour: 1 },
          slo: { ttftMs: 100 },
        }),
      ),
    );
    expect(report.verdict.sentence).not.toBe("");
  });

  test("where nothing was measured the report is invalid and says so", () =>
    expect(aggregate(syntheticJob([warmup()]))).toMatchObject({
      validity: "invalid",
      verdict: { sentence: "No capacity can be told: no level was measured.", levelId: null },
    }));

  test("a level where everything failed is invalid", () => {
    const failing = withRecords(tenUsers(), (records) =>
      records.map((record) => failedRequest(record.sentMs, "http_5xx", 5)),
    );
    const level = onlyLevel(aggregate(syntheticJob([failing])));
    expect(level).toMatchObject({
      validity: "invalid",
      reasons: ["too_few"],
      requests: { ok: 0, errors: { http_5xx: level.requests.sent } },
    });
    expect(level.errorSamples).toHaveLength(5);
  });

  test("a level shorter than three latencies has full-run figures only", () => {
    const level = onlyLevel(aggregate(syntheticJob([tenUsers({ durationS: 3 })])));
    expect(level.outputTokensPerS).toMatchObject({ value: null, reasons: ["too_short"] });
    expect(level.fullRunOutputTokensPerS.value).toBeGreaterThan(0);
    expect(level.runs[0]?.window).toBeNull();
    expect(level.reasons).toEqual(["too_short"]);
  });

  test("too few slices for an interval leave the value and say no_interval", () => {
    const level = onlyLevel(aggregate(syntheticJob([tenUsers({ durationS: 4.2 })])));
    expect(level.outputTokensPerS).toMatchObject({
      low: null,
      high: null,
      reasons: ["no_interval"],
      validity: "indicative",
    });
    expect(level.outputTokensPerS.value).toBeCloseTo(408, -1);
    expect(level.validity).toBe("valid");
  });
});

describe("what makes a level less than valid", () => {
  test.each([
    ["9 of 10 users in flight make it indicative", 9, "indicative"],
    ["7 of 10 users in flight make it invalid", 7, "invalid"],
  ])("%s", (_, flying, validity) => {
    const asked = tenUsers({ users: flying });
    const level = onlyLevel(
      aggregate(
        syntheticJob([{ ...asked, plan: { ...asked.plan, load: { kind: "concurrency", users: 10 } } }]),
      ),
    );
    expect(level).toMatchObject({ validity, reasons: ["under_delivered"] });
  });

  test("think time is not under-delivery", () => {
    const slow = withRecords(tenUsers(), (records) =>
      records.filter((record) => Math.floor(record.index / 10) % 2 === 0),
    );
    expect(onlyLevel(aggregate(syntheticJob([slow], { workload: { thinkTimeMs: 980 } })))).toMatchObject({
      reasons: [],
    });
    expect(onlyLevel(aggregate(syntheticJob([slow])))).toMatchObject({ reasons: ["under_delivered"] });
  });

  test.each([
    [4, "valid"],
    [10, "indicative"],
    [30, "invalid"],
  ] as const)(
    "%d points more of prompt tokens from a cache than in the warm-up make it %s",
    (percent, validity) => {
      const cached = (level: KnownLevel, tokens: number): KnownLevel =>
        withRecords(level, (records) =>
          records.map((record) => ({ ...record, tokens: { ...record.tokens, cached: tokens } })),
        );
      const levels = [cached(warmup(), 12), cached(tenUsers(), 12 + percent)];
      expect(onlyLevel(aggregate(syntheticJob(levels))).validity).toBe(validity);
    },
  );

  test("without a salt the warm-up's share is not the template's, so nothing is subtracted", () => {
    const cached = (level: KnownLevel): KnownLevel =>
      withRecords(level, (records) =>
        records.map((record) => ({ ...record, tokens: { ...record.tokens, cached: 12 } })),
      );
    const levels = [cached(warmup()), cached(tenUsers())];
    expect(onlyLevel(aggregate(syntheticJob(levels))).validity).toBe("valid");
    expect(onlyLevel(aggregate(syntheticJob(levels, { workload: { salt: false } })))).toMatchObject({
      validity: "indicative",
      reasons: ["contaminated"],
    });
  });

  test("a cancelled level is invalid, and the earlier ones stay valid", () => {
    const report = aggregate(
      syntheticJob([tenUsers(), { ...tenUsers({ id: "l02" }), state: "cancelled", reason: "cancelled" }]),
    );
    expect(report.levels.map(({ validity }) => validity)).toEqual(["valid", "invalid"]);
    expect(report).toMatchObject({
      validity: "invalid",
      reasons: ["cancelled"],
      verdict: { levelId: "l01" },
    });
  });

  test("a shard that started 300 ms late is named among the reasons", () => {
    const level = tenUsers();
    const late = {
      ...level,
      shards: level.shards.map((shard) => ({ ...shard, summary: { ...shard.summary, startLagMs: 300 } })),
    };
    expect(onlyLevel(aggregate(syntheticJob([late]))).reasons).toEqual(["late_start"]);
  });

  const quiet = knownCertificate();
  test("the client's error is the worst of the measured levels' shards, with the n that it rests on", () => {
    const worse = { ...quiet, addedTtftP99Ms: 1, requests: 380, maxEventsPerS: 5e4 };
    const levels = [
      withSummary(warmup(), { certificate: { ...quiet, addedTtftP99Ms: 9 } }),
      withSummary(tenUsers(), { certificate: quiet }),
      withSummary(tenUsers({ id: "l02" }), { certificate: worse }),
    ];
    expect(check(aggregate(syntheticJob(levels))).certificate).toMatchObject({
      addedTtftMs: { value: 1, n: 380 },
      addedGapMs: { value: 0.3, n: 3600 },
      maxEventsPerS: { value: 5e4, n: 2 },
    });
  });

  test("a client that could not measure itself is named in the report", () => {
    const uncertified = "it took longer than 10 s";
    const none = check(aggregate(syntheticJob([withSummary(tenUsers(), { uncertified })]))).certificate;
    expect([none.addedTtftMs, none.maxEventsPerS]).toMatchObject([
      { value: null, reasons: ["not_certified"] },
      { value: null, reasons: ["not_certified"] },
    ]);
    const some = [
      withSummary(tenUsers(), { certificate: quiet }),
      withSummary(tenUsers({ id: "l02" }), { uncertified }),
    ];
    expect(check(aggregate(syntheticJob(some))).certificate.addedTtftMs).toMatchObject({
      value: 0.4,
      reasons: ["no_interval", "not_certified"],
    });
  });

  test("a TTFT that doubles over the window is not steady", () => {
    const rising = withRecords(tenUsers(), (records) =>
      records.map((record) => {
        const ttftMs = Math.round(200 * (1 + record.sentMs / 60_000));
        return {
          ...record,
          firstMs: record.sentMs + ttftMs,
          gapsUs: [1000 * ttftMs, ...record.gapsUs.slice(1)],
        };
      }),
    );
    expect(onlyLevel(aggregate(syntheticJob([rising]))).reasons).toEqual(["not_steady"]);
  });
});

test("repeats are pooled into one level, and means have between-run intervals", () => {
  const repeats = [0, 1, 2].map((repeat) =>
    tenUsers({
      repeat,
      jitter: 0.3,
      gapMs: 20 + repeat,
      t0UnixMs: CREATED_UNIX_MS + 5000 + 100_000 * repeat,
    }),
  );
  const level = onlyLevel(check(aggregate(syntheticJob(repeats, { repeats: 3 }))));
  expect(level.runs.map(({ repeat }) => repeat)).toEqual([0, 1, 2]);
  expect(level.outputTokensPerS.method).toBe("between_runs");
  expect(level.ttftMs.p99.n).toBe(level.requests.inWindow);
  expect(level.outputTokensPerS.low).toBeLessThan(level.outputTokensPerS.value ?? 0);
});

test("what a search runs twice are parts of one measurement, and no repeats", () => {
  const runs = [0, 1].map((repeat) =>
    tenUsers({ repeat, jitter: 0.3, t0UnixMs: CREATED_UNIX_MS + 5000 + 100_000 * repeat }),
  );
  const widthOf = (figure: Figure): number => (figure.high ?? Infinity) - (figure.low ?? 0);
  const searched = onlyLevel(
    check(aggregate(syntheticJob(runs, { levels: { search: { of: "users", withinS: 600 } } }))),
  );
  const repeated = onlyLevel(check(aggregate(syntheticJob(runs, { repeats: 2 }))));
  for (const name of ["outputTokensPerS", "inFlight", "goodPercent"] as const)
    expect([name, searched[name].method]).not.toEqual([name, "between_runs"]);
  expect([searched.ttftMs.mean.method, searched.chunkGapMs.mean.method]).toEqual([
    "batch_means",
    "batch_means",
  ]);
  expect(searched.outputTokensPerS.value).toBe(repeated.outputTokensPerS.value);
  // Two runs alone know their mean to 12.7 standard errors.
  expect(widthOf(searched.outputTokensPerS)).toBeLessThan(0.5 * widthOf(repeated.outputTokensPerS));
});

describe("the figures of one run", () => {
  const repeats = [0, 1].map((repeat) =>
    tenUsers({
      repeat,
      jitter: 0.3,
      gapMs: 20 + repeat,
      t0UnixMs: CREATED_UNIX_MS + 5000 + 100_000 * repeat,
    }),
  );
  const samples = Array.from({ length: 2000 }, (_, i) => ({
    unixMs: CREATED_UNIX_MS + 100 * i,
    identity: 0,
    values: { powerW: 200 + 50 * (i % 3), utilPercent: 90 },
  }));
  const telemetry = { series: { gpu: { identities: [], samples, clockErrorMs: 1 } }, rejected: {} };
  const reportOf = (levels: KnownLevel[]): Report =>
    check(aggregate({ ...syntheticJob(levels, { slo: { ttftMs: 200, percentile: 95 } }), telemetry }));
  const { runs } = onlyLevel(reportOf(repeats));

  test("are those of a level that ran only once", () => {
    const level = onlyLevel(reportOf(repeats.slice(0, 1)));
    expect(level.runs).toMatchObject([
      {
        outputTokensPerS: level.outputTokensPerS,
        requestsPerS: level.requestsPerS,
        ttftP95Ms: level.ttftMs.p95,
        tpotP95Ms: level.tpotMs.p95,
        goodPercent: level.goodPercent,
        joulePerOutputToken: level.joulePerOutputToken,
      },
    ]);
  });

  test.each([0, 1])("do not change because of other runs (repeat %i)", (repeat) =>
    expect(runs[repeat]).toEqual(onlyLevel(reportOf(repeats.slice(repeat, repeat + 1))).runs[0]),
  );

  test("all have values, and differ between the runs", () => {
    for (const name of ["outputTokensPerS", "ttftP95Ms", "goodPercent", "joulePerOutputToken"] as const) {
      expect(runs[0]?.[name].value, name).toBeGreaterThan(0);
      expect(runs[0]?.[name].value, name).not.toBe(runs[1]?.[name].value);
    }
  });

  test("are unknown, with the reason, for a run that was too short", () => {
    const short = tenUsers({ repeat: 1, durationS: 1, t0UnixMs: CREATED_UNIX_MS + 105_000 });
    const level = onlyLevel(reportOf([...repeats.slice(0, 1), short]));
    expect(level.runs[1]?.outputTokensPerS).toMatchObject({ value: null, reasons: ["too_short"] });
    expect(level.runs[1]?.joulePerOutputToken).toMatchObject({ value: null, reasons: ["too_short"] });
    expect(level.runs[0]?.outputTokensPerS.value).toBeGreaterThan(0);
  });
});

test("only the last attempt of a level counts", () => {
  const report = aggregate(syntheticJob([tenUsers({ attempt: 1, durationS: 20 }), tenUsers({ attempt: 2 })]));
  expect(onlyLevel(report).runs).toMatchObject([{ attempt: 2, repeat: 0 }]);
});

test("requests that wait in one queue count as fewer, and a P99 that they do not bound is open above", () => {
  // Every two seconds the queue has another length, and it grows a little meanwhile.
  const queued = withRecords(tenUsers({ durationS: 40 }), (records) =>
    records.map((record) => ({
      ...record,
      firstMs: record.sentMs + 200 + 10 * ((7 * Math.floor(record.dueMs / 2000)) % 20) + record.dueMs / 1e5,
    })),
  );
  // If they were independent, 397 requests would be enough for a P99.
  const [alone, together] = [tenUsers({ durationS: 40 }), queued].map(
    (level) => onlyLevel(aggregate(syntheticJob([level]))).ttftMs,
  );
  expect(alone?.p99).toMatchObject({ n: together?.p99.n, nEff: alone?.p99.n, validity: "valid" });
  expect(together?.p50.nEff).toBeLessThan((together?.p50.n ?? 0) / 5);
  expect(together?.p99).toMatchObject({ high: null, validity: "indicative", reasons: ["too_correlated"] });
});

describe("a stream that comes in bunches", () => {
  const levelOf = (level: KnownLevel, slo?: object): Report["levels"][number] =>
    onlyLevel(check(aggregate(syntheticJob([level], slo === undefined ? {} : { slo }))));
  /** All output of an answer comes in one arrival, at its end. */
  const atOnce = withRecords(tenUsers(), (records) =>
    records.map((record) => ({
      ...record,
      firstMs: record.lastMs,
      firstVisibleMs: record.lastMs,
      gapsUs: record.gapsUs.map((_, chunk) => (chunk === 0 ? 980_000 : 0)),
    })),
  );
  /** Chunks come four at a time, as through a proxy that waits for more. */
  const inFours = withRecords(tenUsers(), (records) =>
    records.map((record) => {
      const gapsUs = record.gapsUs.map((gap, chunk) => (chunk === 0 ? gap : chunk % 4 === 3 ? 80_000 : 0));
      const lastMs = record.sentMs + gapsUs.reduce((sum, gap) => sum + gap, 0) / 1000;
      return { ...record, gapsUs, lastMs };
    }),
  );

  test("all at once has no time between tokens, and no objective on it is met", () => {
    const level = levelOf(atOnce, { tpotMs: 50 });
    expect(level).toMatchObject({ validity: "indicative", reasons: ["coalesced"], sloMet: null });
    for (const { p50 } of [level.tpotMs, level.userSpeedTokensPerS])
      expect(p50).toMatchObject({ value: null, reasons: expect.arrayContaining(["coalesced"]) });
    expect(level.goodPercent).toMatchObject({ value: null, reasons: ["coalesced"] });
    expect(level.ttftMs.p50).toMatchObject({ validity: "valid", reasons: [] });
    expect(level.outputTokensPerS).toMatchObject({ validity: "valid", reasons: [] });
  });

  test("by fours has times between tokens that are not valid", () => {
    const level = levelOf(inFours);
    expect(level).toMatchObject({ validity: "indicative", reasons: ["coalesced"] });
    for (const { p50 } of [level.tpotMs, level.chunkGapMs, level.itlMs ?? level.chunkGapMs])
      expect(p50).toMatchObject({ validity: "indicative", reasons: ["coalesced"] });
    expect(level.tpotMs.p50.value).toBeGreaterThan(19);
  });

  test.each([
    ["TPOT is not judged, however wide its bound", { tpotMs: 1000 }, null, null],
    ["TPOT is not judged, however narrow its bound", { tpotMs: 0.001 }, null, null],
    ["TTFT is judged", { ttftMs: 1000 }, true, 100],
    ["TTFT that misses is a miss beside it", { ttftMs: 0.001, tpotMs: 1000 }, false, null],
  ])("by fours: %s", (_fact, slo, sloMet, goodPercent) =>
    expect(levelOf(inFours, slo)).toMatchObject({ sloMet, goodPercent: { value: goodPercent } }),
  );

  test("is told first, with the remedy", () => {
    const { findings } = aggregate(syntheticJob([inFours], { workload: { salt: false } }));
    const told = findings.find(({ code }) => code === "coalesced");
    expect(findings.find(({ severity }) => severity === "warn")).toBe(told);
    expect(told?.sentence).toMatch(
      /72.5 % of chunks came with the one before at 10 users.*proxy_buffering off.*http-no-delay/,
    );
  });
});

describe("goodput", () => {
  test("requests above the bound are not good, and the level misses its objective", () => {
    // Every tenth request takes 500 ms to its first token.
    const mixed = withRecords(tenUsers({ durationS: 120 }), (records) =>
      records.map((record) =>
        record.index % 10 === 0 ? { ...record, firstMs: record.sentMs + 500 } : record,
      ),
    );
    const level = onlyLevel(aggregate(syntheticJob([mixed], { slo: { ttftMs: 300 } })));
    expect(level.goodPercent.value).toBeCloseTo(90, 0);
    expect(level.goodputRequestsPerS.value).toBeCloseTo((0.9 * 10) / 0.98, 0);
    expect(level.sloMet).toBe(false);
    expect(onlyLevel(aggregate(syntheticJob([mixed], { slo: { ttftMs: 300, percentile: 80 } }))).sloMet).toBe(
      true,
    );
  });

  test("failed requests are not good, and count as endless", () => {
    const failing = withRecords(tenUsers({ durationS: 120 }), (records) =>
      records.map((record) =>
        record.index % 10 === 0 ? failedRequest(record.sentMs, "http_5xx", 980) : record,
      ),
    );
    const level = onlyLevel(aggregate(syntheticJob([failing], { slo: { ttftMs: 300 } })));
    expect(level.goodPercent.value).toBeCloseTo(90, 0);
    expect(level.sloMet).toBe(false);
    expect(level.ttftMs.p95.value).toBe(200);
  });

  test("few requests are enough to see that an objective is missed if every third fails", () => {
    const level = withRecords(tenUsers({ users: 1, durationS: 60 }), (records) =>
      records.map((record) =>
        record.index % 3 === 0 ? failedRequest(record.sentMs, "http_5xx", 980) : record,
      ),
    );
    const { sloMet, requests } = onlyLevel(aggregate(syntheticJob([level], { slo: { ttftMs: 300 } })));
    expect([requests.inWindow < 72, sloMet]).toEqual([true, false]);
  });

  test("each bound says what came of it, by how many requests, and how many tell", () => {
    const level = onlyLevel(aggregate(syntheticJob([tenUsers()], { slo: { ttftMs: 300, e2eMs: 500 } })));
    const nEff = level.ttftMs.p95.nEff;
    expect(level.objectives).toEqual([
      { latency: "ttftMs", boundMs: 300, met: true, reasons: [], nEff, nEffNeeded: 59 },
      { latency: "e2eMs", boundMs: 500, met: false, reasons: [], nEff, nEffNeeded: 59 },
    ]);
    expect(level.sloMet).toBe(false);
  });

  test.each([
    [59, true],
    [58, null],
  ])("%d requests within a P95's bound: met is %s", (count, met) => {
    // One user is answered every 980 ms, and the window begins when the first request has ended.
    const level = tenUsers({ users: 1, durationS: 0.98 * (count - 0.5) });
    const found = onlyLevel(aggregate(syntheticJob([level], { slo: { ttftMs: 300 } })));
    expect([found.requests.inWindow, found.sloMet, found.ttftMs.p95.value]).toEqual([count, met, null]);
  });

  test("too few requests leave an objective open", () => {
    const level = tenUsers({ users: 1, durationS: 20 });
    expect(onlyLevel(aggregate(syntheticJob([level], { slo: { ttftMs: 300 } }))).sloMet).toBeNull();
    expect(onlyLevel(aggregate(syntheticJob([level], { slo: { ttftMs: 100 } }))).sloMet).toBe(false);
  });
});

test("model, GPU and price give MFU and cost", () => {
  const report = check(
    aggregate(
      syntheticJob([tenUsers()], { model: { params: 8e9 }, gpu: { name: "NVIDIA A40", usdPerHour: 0.39 } }),
    ),
  );
  const level = onlyLevel(report);
  // MFU counts prompt and output tokens, apart from each request's first: (100 + 39) / 40 of the output-only
  // share.
  const outputOnly = (100 * 2 * 8e9 * ((10 * 40) / 0.98)) / 149.7e12;
  expect(level.mfuOutputOnlyPercent.value).toBeCloseTo(outputOnly, 1);
  expect(level.mfuPercent.value).toBeCloseTo((outputOnly * 139) / 40, 0);
  expect(level.mfuPercent.reasons).toContain("estimated");
  expect(level.usdPerMOutputTokens.value).toBeCloseTo((0.39 / (((10 * 40) / 0.98) * 3600)) * 1e6, 2);
  expect(report.gpus).toMatchObject([{ name: "NVIDIA A40", peakTflops: 149.7 }]);
  expect(
    aggregate(syntheticJob([tenUsers()], { model: { params: 8e13 }, gpu: { name: "NVIDIA A40" } })).levels[0]
      ?.mfuPercent.reasons,
  ).toEqual(["implausible"]);
});

test.each([
  [
    "the caller's own list has it",
    { name: "NVIDIA A40", count: 2, prices: { "NVIDIA A40": 0.39 } },
    2 * 0.39,
  ],
  [
    "a stated price counts before the list",
    { name: "NVIDIA A40", usdPerHour: 1, prices: { "NVIDIA A40": 0.39 } },
    1,
  ],
  ["the list has another GPU", { name: "NVIDIA A40", prices: { "NVIDIA A4": 0.2, constructor: 1 } }, null],
] as const)("the price of the GPUs: %s", (_, gpu, usdPerHour) => {
  const report = check(aggregate(syntheticJob([tenUsers()], { gpu })));
  const { value, reasons } = onlyLevel(report).usdPerMOutputTokens;
  if (usdPerHour === null) expect([value, reasons]).toEqual([null, ["no_price"]]);
  else expect(value).toBeCloseTo((usdPerHour / (((10 * 40) / 0.98) * 3600)) * 1e6, 2);
  expect(report.gpus.map((each) => each.usdPerHour)).toEqual(
    report.gpus.map(() => (usdPerHour === null ? null : usdPerHour / report.gpus.length)),
  );
});

describe("the model's config and the GPU predict what they allow at most", () => {
  const config = { ...LLAMA_8B, torch_dtype: "bfloat16" };
  const on = (name: string) =>
    check(aggregate(syntheticJob([tenUsers()], { model: { config }, gpu: { name } })));

  test("beside what was measured, as a prediction", () => {
    const report = on("NVIDIA H100 80GB HBM3");
    const [level] = report.levels;
    expect(level?.mbuPercent).toMatchObject({ value: expect.closeTo(22.5, 0), reasons: ["estimated"] });
    expect(report.roofline).toMatchObject({
      levelId: "l01",
      contextTokens: 120,
      floorMsAt1: expect.closeTo(4.49, 1),
      floorPercentOfTpot: expect.closeTo(22.5, 0),
    });
    expect(report.findings.find(({ code }) => code === "roofline")?.sentence).toMatch(
      /^Predicted from the model's config and the GPU's data sheet: a decode step takes at least 4\.49 ms with one request and 4\.52 ms with 8\.16 \(those of 10 users\), bound by memory bandwidth; that is 22\.6 % of the measured TPOT\. Beside 16\.1 GB of weights the KV cache holds at most 3,556 requests of 120 tokens, and their throughput is at most 19,914 tokens\/s, of which 2\.05 % was measured\.$/,
    );
  });
  test("and not where the measurement exceeds it", () => {
    const report = on("NVIDIA A40");
    expect(report.levels[0]?.mbuPercent.reasons).toEqual(["implausible"]);
    expect(report.roofline).toBeNull();
    expect(report.findings.map(({ code }) => code)).not.toContain("roofline");
  });
});

test.each([
  ["a GPU that no table knows", { name: "NVIDIA Nonesuch 9" }],
  ["GPUs that were counted but not named", { count: 2 }],
  ["no GPU at all", undefined],
])("%s has no peak, so there is no MFU", (_, gpu) => {
  const level = onlyLevel(check(aggregate(syntheticJob([tenUsers()], { model: { params: 8e9 }, gpu }))));
  expect([level.mfuPercent.reasons, level.mfuOutputOnlyPercent.reasons]).toEqual([
    ["unknown_gpu"],
    ["unknown_gpu"],
  ]);
});

test("the peaks of several GPUs add up, and a stated peak wins", () => {
  const share = (gpu: { name: string; count?: number; peakTflops?: number }): number | null =>
    onlyLevel(aggregate(syntheticJob([tenUsers()], { model: { params: 8e9 }, gpu }))).mfuOutputOnlyPercent
      .value;
  expect(share({ name: "NVIDIA A40", count: 2 })).toBeCloseTo((share({ name: "NVIDIA A40" }) ?? 0) / 2, 4);
  expect(share({ name: "NVIDIA A40", peakTflops: 149.7 / 4 })).toBeCloseTo(
    (share({ name: "NVIDIA A40" }) ?? 0) * 4,
    3,
  );
});

test("a hidden host is nowhere in the report", () => {
  const endpoint = { url: "https://secret.example/v1", model: "m", apiKey: "sk-very-secret" };
  expect(serialise(aggregate(syntheticJob([tenUsers()], { endpoint })))).not.toMatch(
    /secret\.example|sk-very/,
  );
  expect(aggregate(syntheticJob([], { endpoint: { ...endpoint, showHost: true } })).endpoint.host).toBe(
    "secret.example",
  );
});

test("of a job's PEM texts only the fingerprint of its authority is in the report", () => {
  const tls = { ca: "-----BEGIN CERTIFICATE-----", cert: "-----BEGIN CERTIFICATE-----" };
  const job = syntheticJob([tenUsers()], {
    endpoint: { url: "https://h/v1", model: "m", showHost: true, tls },
  });
  const report = aggregate({ ...job, endpoint: { ...job.endpoint, caSha256: ["ab12"] } });
  expect(report.endpoint.caSha256).toEqual(["ab12"]);
  expect(serialise(report)).not.toContain("CERTIFICATE");
  expect(aggregate(job).endpoint.caSha256).toBeNull();
});

test.each<[string, number, Report["validity"]]>([
  ["one in a hundred was never sent", 6, "valid"],
  ["one in ten was never sent", 60, "indicative"],
  ["three in ten were never sent", 250, "invalid"],
])("a rate of which %s", (_, neverSent, validity) => {
  const level = withRecords(tenUsers(), () =>
    Array.from({ length: 600 }, (__, index) => ({
      ...answeredRequest({ index, sentMs: 100 * index, ttftMs: 200, gapMs: 20, outputTokens: 40 }),
      user: null,
    })),
  );
  const shards = level.shards.map((shard) => {
    const requests = { ...shard.summary.requests, due: 600 + neverSent, sent: 600 };
    return { ...shard, summary: { ...shard.summary, stopMs: 60_000, requests } };
  });
  const open: KnownLevel = {
    ...level,
    shards,
    plan: { ...level.plan, load: rateLoad({ rate: 10, arrival: "constant" }) },
  };
  const found = onlyLevel(check(aggregate(syntheticJob([open]))));
  expect(found).toMatchObject({ validity, reasons: validity === "valid" ? [] : ["under_delivered"] });
  expect(found.offeredPerS).toBeCloseTo(10 + neverSent / 58, 1);
});

test("an open loop is judged from due and in requests per second, and no curve is fitted to it", () => {
  // Ten requests per second are each sent 50 ms after they were due.
  const level = withRecords(tenUsers(), (records) =>
    records.map((_, index) => ({
      ...answeredRequest({ index, sentMs: 100 * index + 50, ttftMs: 200, gapMs: 20, outputTokens: 40 }),
      user: null,
      dueMs: 100 * index,
    })),
  );
  const open: KnownLevel = {
    ...level,
    plan: { ...level.plan, load: rateLoad({ rate: 10, arrival: "constant" }) },
  };
  const report = check(aggregate(syntheticJob([open], { slo: { ttftMs: 220, percentile: 50 } })));
  const found = onlyLevel(report);
  expect(found).toMatchObject({
    validity: "valid",
    offeredPerS: 10,
    sloMet: false,
    tokensPerSPerUser: { value: null, reasons: ["not_applicable"] },
  });
  expect(found.requestsPerS.value).toBeCloseTo(10, 1);
  expect(found.ttftMs.p50.value).toBe(200);
  expect(found.ttftFromDueMs?.p50.value).toBe(250);
  expect(found.sendLagMs.p50.value).toBe(50);
  expect(found.runs[0]?.window).toEqual({ startS: 7, endS: 65 });
  expect(report.saturation).toMatchObject({
    xUnit: "ratePerS",
    points: ["l01"],
    fits: [],
    chosen: null,
    maxTokensPerS: { reasons: ["not_applicable"] },
  });
  expect(report.verdict.capacityUnit).toBe("requestsPerS");
});

describe("an open loop whose window is six latencies long", () => {
  /** Two requests are due a second, and each takes this long by when it was due. */
  const levelOf = (e2eMsAt: (dueMs: number) => number): ReturnType<typeof onlyLevel> => {
    const level = withRecords(tenUsers(), (records) =>
      records.slice(0, 124).map((_, index) => ({
        ...answeredRequest({
          index,
          sentMs: 500 * index,
          ttftMs: 200,
          gapMs: (e2eMsAt(500 * index) - 200) / 39,
          outputTokens: 40,
        }),
        user: null,
      })),
    );
    const plan = { ...level.plan, load: rateLoad({ rate: 2, arrival: "constant" }) };
    return onlyLevel(aggregate(syntheticJob([{ ...level, plan }])));
  };

  test("is steady where its first answers only fill it", () =>
    expect(levelOf(() => 9000).reasons).not.toContain("not_steady"));

  test("is not where a queue grows by a quarter of what is due", () =>
    expect(levelOf((dueMs) => 4000 + dueMs / 3).reasons).toContain("not_steady"));
});

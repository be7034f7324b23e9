import { describe, expect, test } from "vitest";
import type { JobRequest } from "../../job/spec/spec.ts";
import type { ShardSummary } from "../../record/record.ts";
import type { Series, Telemetry } from "../../record/telemetry/telemetry.ts";
import { aggregate } from "../aggregate.ts";
import type { AggregateInput } from "../input.ts";
import type { Report } from "../schema.ts";
import {
  CREATED_UNIX_MS,
  failedRequest,
  type KnownLevel,
  knownCertificate,
  NO_ARRIVALS,
  syntheticJob,
  syntheticLevel,
  withRecords,
  withSummary,
} from "@brimline/testkit/synthetic";

const level = (changes: Partial<Parameters<typeof syntheticLevel>[0]> = {}): KnownLevel =>
  syntheticLevel({
    id: "l01",
    users: 10,
    ttftMs: 200,
    gapMs: 20,
    outputTokens: 40,
    durationS: 60,
    t0UnixMs: CREATED_UNIX_MS + 20_000,
    ...changes,
  });

function report(
  levels: KnownLevel[],
  request: Partial<JobRequest> = {},
  changes: Partial<AggregateInput> = {},
): Report {
  return aggregate({ ...syntheticJob(levels, request), ...changes });
}
const sentenceOf = (of: Report, code: string): string | undefined =>
  of.findings.find((finding) => finding.code === code)?.sentence;

/** What a JSON Pointer leads to, or undefined. */
function follow(of: unknown, pointer: string): unknown {
  return pointer
    .slice(1)
    .split("/")
    .reduce<unknown>(
      (value, key) =>
        typeof value === "object" && value !== null
          ? Object.entries(value).find(([name]) => name === key)?.[1]
          : undefined,
      of,
    );
}

/** The power is 200 W in the idle time and 300 W after it, and the energy counter agrees. */
const gpuSeries: Series = {
  identities: [{ index: 0, id: "GPU-1", name: "NVIDIA A40", facts: { driver: "550.54", limitW: 300 } }],
  samples: Array.from({ length: 1000 }, (_, i) => ({
    unixMs: CREATED_UNIX_MS + 100 * i,
    identity: 0,
    values: {
      powerW: i < 180 ? 200 : 300,
      energyJ: i < 180 ? 20 * i : 3600 + 30 * (i - 180),
      utilPercent: 99,
      memoryMiB: 40_000,
      smMHz: 1700,
      memMHz: 7000,
      tempC: 60,
      throttle: 0,
    },
  })),
  clockErrorMs: 2,
};
const telemetryWith = (changes: Partial<Series>): Telemetry => ({
  series: { gpu: { ...gpuSeries, ...changes } },
  rejected: {},
});
const measuredGpu = {
  telemetry: telemetryWith({}),
  idle: { startUnixMs: CREATED_UNIX_MS, endUnixMs: CREATED_UNIX_MS + 17_000 },
};

describe("a level on a GPU that was measured", () => {
  const full = report([level()], { model: { params: 8e9 } }, measuredGpu);
  const [measured] = full.levels;
  const tokensPerS = (10 * 40) / 0.98;

  test("has joules per token, tokens per joule and kWh per million tokens", () => {
    expect(measured?.gpu).toMatchObject({
      powerW: { value: 300 },
      idlePowerW: { value: 200 },
      utilPercent: { value: 99 },
      energySource: "counter",
    });
    expect(measured?.joulePerOutputToken.value).toBeCloseTo(300 / tokensPerS, 2);
    expect(measured?.tokensPerJ.value).toBeCloseTo(tokensPerS / 300, 2);
    expect(measured?.dynamicJoulePerOutputToken.value).toBeCloseTo(100 / tokensPerS, 2);
    expect(measured?.kwhPerMTokens.value).toBeCloseTo(300 / tokensPerS / 3.6, 2);
  });

  test("tells MFU from the GPU's utilisation, and calls the peak theoretical", () => {
    expect(sentenceOf(full, "best_mfu")).toMatch(
      /^Best MFU: [\d.]+ % at 10 users \([\d.]+ % counting output tokens alone\)\.$/,
    );
    expect(sentenceOf(full, "mfu_meaning")).toContain("utilisation (here 99 %)");
    expect(sentenceOf(full, "theoretical_peak")).toContain("149.7 TFLOPS");
  });

  test("has indicative energy if a clock is not known well enough", () => {
    const skewed = report([level()], {}, { ...measuredGpu, telemetry: telemetryWith({ clockErrorMs: 80 }) });
    expect(skewed.levels[0]?.tokensPerJ).toMatchObject({ validity: "indicative" });
    expect(skewed.levels[0]?.tokensPerJ.reasons).toContain("clock_skew");
    expect(skewed.levels[0]?.validity).toBe("valid");
  });

  test("is called simulated if the driver calls itself sim", () => {
    const simulated = report(
      [level()],
      {},
      {
        ...measuredGpu,
        telemetry: telemetryWith({
          identities: [{ index: 0, id: "GPU-1", name: "NVIDIA A40", facts: { driver: "sim", limitW: 300 } }],
        }),
      },
    );
    expect(simulated.provenance.simulated).toBe(true);
    expect(sentenceOf(simulated, "simulated")).toMatch(/simulated/);
    expect(sentenceOf(full, "simulated")).toBeUndefined();
  });

  test("adds up the energy of its repeats", () => {
    const twice = report(
      [level({ durationS: 20 }), level({ durationS: 20, repeat: 1, t0UnixMs: CREATED_UNIX_MS + 50_000 })],
      { repeats: 2 },
      measuredGpu,
    );
    expect(twice.levels[0]?.tokensPerJ.value).toBeCloseTo(tokensPerS / 300, 1);
    expect(twice.levels[0]?.gpu?.powerW).toMatchObject({ value: 300, method: "between_runs" });
  });
});

describe("what must be read with care", () => {
  test("a P99 that too few requests back is withheld, and the report says so", () => {
    const few = report([level({ users: 1, durationS: 60 }), level({ id: "l02" })]);
    expect(sentenceOf(few, "p99_withheld")).toMatch(
      /^P99 is withheld where fewer than 368 independent requests back it \(\d\d at 1 user\)/,
    );
    expect(sentenceOf(few, "few_requests")).toMatch(
      /too few requests even for a P95 with an interval \(72 independent ones are needed\) at 1 user \(run 80 s\)\./,
    );
  });
  test("of a search only what its answer rests on, and which loads it merely looked at", () => {
    const levels = [
      level({ id: "l1", users: 1, durationS: 10 }),
      level({ id: "l10", users: 10, durationS: 20 }),
      level({ id: "l11", users: 11, durationS: 20, ttftMs: 900 }),
    ];
    const searched = report(levels, { levels: { search: {} }, slo: { ttftMs: 500 } });
    expect(searched.verdict).toMatchObject({ levelId: "l10", capacity: { value: 10, high: 11 } });
    expect(sentenceOf(searched, "few_requests")).toBeUndefined();
    expect(sentenceOf(searched, "on_the_way")).toMatch(/^The search only looked at 1 user to find its way/);
    const asked = report(levels, { levels: [1, 10, 11], slo: { ttftMs: 500 } });
    expect(sentenceOf(asked, "few_requests")).toMatch(/at 1 user \(run \d+ s\)\.$/);
    expect(sentenceOf(asked, "on_the_way")).toBeUndefined();
  });
  test("a figure whose window is short beside its own variation, and how long it should be", () => {
    // The queue has another length every eight seconds, and all requests of that time wait for it.
    const queued = withRecords(level({ durationS: 40 }), (records) =>
      records.map((record) => ({
        ...record,
        firstMs: record.sentMs + 200 + 10 * ((7 * Math.floor(record.dueMs / 8000)) % 20),
      })),
    );
    const sentence = sentenceOf(report([queued]), "too_correlated");
    expect(sentence).toMatch(
      /the window is short beside the time that this lasts: .*TTFT.* at 10 users \(run \d+0 s\)\./,
    );
    expect(sentenceOf(report([level({ durationS: 40 })]), "too_correlated")).toBeUndefined();
  });
  test("a start that was still a warm-up, which is cut so that the rest is valid", () => {
    const cold = withRecords(level({ jitter: 0.1 }), (records) =>
      records.map((record) =>
        record.dueMs < 12_000 ? { ...record, tokens: { ...record.tokens, output: 20 } } : record,
      ),
    );
    const of = report([cold]);
    expect(of.levels[0]).toMatchObject({ validity: "valid", reasons: [] });
    expect(of.levels[0]?.runs[0]?.warmUpS).toBeCloseTo(11, 0);
    expect(sentenceOf(of, "warm_up_cut")).toMatch(
      /: the first 1[01](\.\d+)? s at 10 users gave another output/,
    );
  });

  test("load that was asked but not delivered", () => {
    const asked = level({ users: 9 });
    const under = report([{ ...asked, plan: { ...asked.plan, load: { kind: "concurrency", users: 10 } } }]);
    expect(sentenceOf(under, "under_delivered")).toBe(
      "Less load was delivered than was asked for: 9 in flight of 10 users. Curves use what was in flight.",
    );
  });
  test("failed requests by their kind", () => {
    const failing = withRecords(level(), (records) =>
      records.map((record, i) => (i === 20 ? failedRequest(record.sentMs, "idle_timeout", 10) : record)),
    );
    expect(sentenceOf(report([failing]), "failures")).toMatch(
      /^Requests failed: 1 of \d+ at 10 users \(1 idle_timeout\)\.$/,
    );
  });
  test("a stall of 600 ms", () => {
    const stalled = withRecords(level(), (records) =>
      records.map((record, i) => (i === 20 ? { ...record, gapsUs: record.gapsUs.with(5, 600_000) } : record)),
    );
    expect(sentenceOf(report([stalled]), "stalls")).toMatch(
      /^Streams stalled 1 time .* the longest for 600 ms: 10 users\.$/,
    );
  });
  test("an endpoint without usage", () => {
    const uncounted = withRecords(level(), (records) =>
      records.map((record) => ({ ...record, tokens: { ...record.tokens, input: null, source: "chunks" } })),
    );
    const found = report(
      [uncounted],
      {},
      { endpoint: { server: null, simulated: false, ignoreEos: false, usage: false, saysEnd: true } },
    );
    expect(sentenceOf(found, "no_usage")).toMatch(/a chunk was counted as a token/);
    expect(sentenceOf(found, "free_length")).toMatch(/ignore_eos/);
    expect(found.levels[0]?.outputTokensPerS).toMatchObject({
      validity: "indicative",
      reasons: ["estimated"],
    });
    expect(found.levels[0]?.itlMs).toBeNull();
    expect(found.levels[0]?.inputTokensPerS).toMatchObject({ value: null, reasons: ["no_usage"] });
  });
  test("usage that cannot be true was ignored", () => {
    const lying = withRecords(level(), (records) =>
      records.map((record, i) => (i === 20 ? { ...record, usageInvalid: true } : record)),
    );
    expect(report([lying]).levels[0]?.outputTokensPerS).toMatchObject({
      validity: "indicative",
      reasons: ["usage_invalid"],
    });
  });
  test("with several tokens in a chunk there is no ITL, and TPOT is an estimate", () => {
    const speculative = withRecords(level(), (records) =>
      records.map((record) => ({ ...record, tokens: { ...record.tokens, output: 100 } })),
    );
    const [found] = report([speculative]).levels;
    expect(found?.itlMs).toBeNull();
    expect(found?.tpotMs.p50).toMatchObject({ validity: "indicative", reasons: ["estimated"] });
    expect(found?.tpotMs.p50.value).toBeCloseTo((39 * 20) / 99, 3);
  });
  test("prompts are named if they are not as long as asked, and only then", () => {
    const asking = (inputTokens: number): Report =>
      report([level(), level({ id: "l02", users: 20 })], { workload: { inputTokens, outputTokens: 40 } });
    expect(sentenceOf(asking(110), "prompt_length")).toBe(
      "Prompts were not as long as asked, in tokens a request by the endpoint's count: 100 of 110 at 10 users, 100 of 110 at 20 users.",
    );
    expect(asking(110).levels[0]?.tokens).toMatchObject({
      input: 100 * (asking(110).levels[0]?.requests.ok ?? 0),
    });
    expect(sentenceOf(asking(101), "prompt_length")).toBeUndefined();
  });
  test("the length of the job's own prompts is not judged", () => {
    const own = report([level()], { workload: { prompts: ["hello"], outputTokens: 40 } });
    expect(own.levels[0]?.tokens).toMatchObject({ input: expect.any(Number), askedInput: null });
    expect(sentenceOf(own, "prompt_length")).toBeUndefined();
  });
  test("prompts whose tokens nobody counted are an estimate", () => {
    const uncounted = withRecords(level(), (records) =>
      records.map((record) => ({ ...record, tokens: { ...record.tokens, input: null, source: "chunks" } })),
    );
    expect(sentenceOf(report([uncounted]), "prompt_length_estimated")).toMatch(/estimate .* 10 users\.$/);
    expect(
      sentenceOf(report([uncounted], { workload: { prompts: ["hello"] } }), "prompt_length_estimated"),
    ).toBeUndefined();
    expect(sentenceOf(report([level()]), "prompt_length_estimated")).toBeUndefined();
  });
  test("answers that end by themselves, with how long they were", () => {
    const free = report(
      [level()],
      { workload: { inputTokens: 100, outputTokens: 128 } },
      { endpoint: { server: null, simulated: false, ignoreEos: false, usage: true, saysEnd: true } },
    );
    expect(sentenceOf(free, "answer_length")).toBe(
      "Answers were not as long as asked, because they may end by themselves (`ignore_eos` is off), in output tokens a request: 40 of 128 at 10 users (p50 40, p95 40, longest 40).",
    );
    expect(
      sentenceOf(report([level()], { workload: { inputTokens: 100, outputTokens: 40 } }), "answer_length"),
    ).toBeUndefined();
  });
  test("a cache that the endpoint does not speak of", () => {
    const silent = withRecords(level(), (records) =>
      records.map((record) => ({ ...record, tokens: { ...record.tokens, cached: null } })),
    );
    expect(report([silent]).levels[0]).toMatchObject({
      validity: "valid",
      tokens: { cachedInputPercent: null },
    });
    expect(sentenceOf(report([silent]), "cache_unknown")).toMatch(
      /not known: 10 users\. vLLM says it when it is started with --enable-prompt-tokens-details/,
    );
    expect(sentenceOf(report([level()]), "cache_unknown")).toBeUndefined();
  });
  test("prompts without a salt, and what the cache made of them", () => {
    const cached = withRecords(level(), (records) =>
      records.map((record) => ({ ...record, tokens: { ...record.tokens, cached: 80 } })),
    );
    const unsalted = report([cached], { workload: { salt: false } });
    expect(unsalted.findings.find(({ code }) => code === "unsalted")).toMatchObject({
      severity: "warn",
      refs: ["/job/workload/salt"],
    });
    expect(sentenceOf(unsalted, "contaminated")).toMatch(/because prompts carried no salt: 80 % at 10 users/);
    expect(sentenceOf(report([cached]), "contaminated")).toMatch(/although every prompt was unique: 80 %/);
    expect(sentenceOf(report([cached]), "unsalted")).toBeUndefined();
  });
  test("a level that was cut short", () =>
    expect(sentenceOf(report([{ ...level(), state: "stopped", reason: "endpoint_down" }]), "cut_short")).toBe(
      "These levels did not run to the end: 10 users (stopped).",
    ));
  test("requests cut at the end leave no speed figures, and an E2E P99 that falls on them is null", () => {
    const cut = withRecords(level(), (records) =>
      records.map((record, i) =>
        i > 300 && i % 30 === 0 ? { ...record, outcome: "censored", doneMs: null } : record,
      ),
    );
    const [found] = report([cut]).levels;
    expect(found?.requests.censored).toBeGreaterThan(5);
    expect(found?.userSpeedTokensPerS.p50.reasons).toEqual(["censored"]);
    expect(found?.e2eMs.p99).toMatchObject({ value: null, low: 980, reasons: ["censored"] });
    expect(found?.ttftMs.p99.value).toBe(200);
  });
});

describe("the maximum", () => {
  // N ÷ (a + b·N): TTFT and gap grow with the users, so that V = 40 ÷ 0.08 s = 500 tokens/s and K = 10.
  const sweep = [1, 2, 4, 8, 16, 32, 64, 128].map((users, i) =>
    level({
      id: `l0${i + 1}`,
      users,
      ttftMs: 20 + 2 * users,
      gapMs: 20 + 2 * users,
      durationS: 12 + users,
      t0UnixMs: CREATED_UNIX_MS + 300_000 * i,
    }),
  );

  test("is given with its fit and its share if a sweep identifies it", () =>
    expect(sentenceOf(report(sweep), "maximum_identified")).toMatch(
      /^The maximum throughput is about (49\d|50\d)(\.\d)? tokens\/s \(Michaelis–Menten curve: 8 levels, fit excellent, R² [01]\.\d{3}\); the best level reached 9[0-9](\.\d)? % of it/,
    ));
  test("is called not identified, with what was tried, after three levels", () =>
    expect(sentenceOf(report(sweep.slice(0, 3)), "maximum_not_identified")).toMatch(
      /Michaelis–Menten curve \(3 levels, fit excellent, R² [01]\.\d{3}; below six levels no other family is tried\) to bound it\.$/,
    ));
});

test.each([
  [[10, 20, 40], "Every level gained at least 10 % over the one before: no saturation was seen."],
  [
    [10, 20, 22],
    "Up to 20 users every level gained at least 10 % over the one before; the loads beyond it are too near to one another to tell.",
  ],
])(
  "gains of a search are told up to the last load that is far enough from the one before: %j",
  (users, said) => {
    const levels = users.map((count, i) =>
      level({ id: `l0${i + 1}`, users: count, t0UnixMs: CREATED_UNIX_MS + 100_000 * (i + 1) }),
    );
    expect(sentenceOf(report(levels, { levels: { search: {} } }), "no_saturation_seen")).toBe(said);
  },
);

test("every reference of every finding leads to something in the report", () => {
  const failing = withRecords(level({ id: "l02", users: 20 }), (records) =>
    records.map((record, i) => (i === 20 ? failedRequest(record.sentMs, "http_429", 10) : record)),
  );
  const sweep = [
    level(),
    failing,
    level({ id: "l03", users: 40 }),
    level({ id: "l04", users: 41, durationS: 3 }),
  ];
  const all = report(
    sweep,
    { model: { params: 8e9 } },
    {
      ...measuredGpu,
      endpoint: { server: null, simulated: true, ignoreEos: false, usage: true, saysEnd: true },
    },
  );
  expect(all.findings.length).toBeGreaterThan(10);
  for (const { code, refs } of all.findings) {
    expect(refs, code).not.toEqual([]);
    for (const pointer of refs) expect(follow(all, pointer), `${code} ${pointer}`).toBeDefined();
  }
  expect(new Set(all.findings.map(({ code }) => code)).size).toBe(all.findings.length);
});

test("what requests do without, and the room that unseen reasoning gets, are told of", () => {
  const traits = { without: ["temperature", "max_tokens", "ignore_eos"], roomTokens: 1024 };
  const endpoint = {
    server: null,
    simulated: false,
    ignoreEos: null,
    usage: true,
    saysEnd: true,
    traits,
  };
  const told = report([level()], {}, { endpoint });
  expect(sentenceOf(told, "left_out")).toBe(
    "Requests do without temperature and max_tokens, because the endpoint refused a request with them.",
  );
  expect(sentenceOf(told, "reasons_unseen")).toMatch(/answers may have 1,024 tokens more than asked/);
  const strict = { ...endpoint, traits: { without: ["ignore_eos"] } };
  expect(sentenceOf(report([level()], {}, { endpoint: strict }), "left_out")).toBe(
    "Requests do without ignore_eos, because the endpoint refused a request with it.",
  );
  const useless = { ...strict, ignoreEos: false };
  expect(sentenceOf(report([level()], {}, { endpoint: useless }), "left_out")).toBeUndefined();
  for (const code of ["left_out", "reasons_unseen"])
    expect(sentenceOf(report([level()]), code)).toBeUndefined();
});

test("streams that do not say that they have ended are told of", () => {
  const endpoint = { server: null, simulated: false, ignoreEos: true, usage: true, saysEnd: false };
  expect(sentenceOf(report([level()], {}, { endpoint }), "no_end")).toMatch(
    /^The endpoint ends its streams without \[DONE\]/,
  );
  expect(sentenceOf(report([level()]), "no_end")).toBeUndefined();
});

describe("what the client adds", () => {
  const certificate = knownCertificate({ addedTtftP99Ms: 0.42, addedGapP99Ms: 0.31 });
  const told = (changes: Partial<ShardSummary>): Report => {
    return report([withSummary(level(), changes)]);
  };

  test.each([
    ["kernel", "how much earlier merged chunks may have come"],
    ["process", "what its event loop was late by"],
  ] as const)("is stated with what it rests on, by the clock of the %s", (clock, onTop) =>
    expect(sentenceOf(told({ certificate, arrivals: { ...NO_ARRIVALS, clock } }), "client_error")).toBe(
      `The client adds at most 0.42 ms to a time to first token and 0.31 ms to a gap between chunks: the larger of the P99 of its error on streams of known timing before the load (400 answers), and its usual error with ${onTop} under load.`,
    ),
  );
  test("is a warning where it could not be measured", () => {
    expect(sentenceOf(told({ uncertified: "it took longer than 10 s" }), "not_certified")).toMatch(
      /^The load generator could not measure its own error/,
    );
    expect(sentenceOf(told({}), "not_certified")).toBeUndefined();
  });
});

import { level } from "@brimline/testkit/site/level";
import { bare, known } from "@brimline/testkit/site/figure";
import { describe, expect, test } from "vitest";
import { rateLoad } from "../../load/rate.ts";
import type { Level } from "../schema.ts";
import { bottleneckOf } from "./bottleneck.ts";
import type { Facts } from "./evidence.ts";

type Server = NonNullable<Level["server"]>;
type Queue = NonNullable<Server["queue"]>;
interface Changes {
  level?: Partial<Level>;
  server?: Partial<Server> | null;
  queue?: Partial<Queue>;
  gpu?: Partial<NonNullable<Level["gpu"]>> | null;
  host?: Partial<NonNullable<Level["host"]>> | null;
}

/** A level at which nothing stands at its limit. */
function calm(users: number, { level: own, server, queue, gpu, host = null }: Changes = {}): Level {
  const made = level({ id: `u${users}`, users, startS: 10, durationS: 30, hasGpu: true, hasSlo: true });
  if (made.server?.queue == null || made.gpu === null) throw new Error("a fixture without a server or a GPU");
  return {
    ...made,
    mfuPercent: bare(20),
    mbuPercent: bare(30),
    reasons: [],
    requests: { ...made.requests, failed: 0, ok: made.requests.sent, errors: {} },
    server:
      server === null
        ? null
        : {
            ...made.server,
            serverPrefillMs: known(10),
            preemptions: bare(0),
            ...server,
            queue: { ...made.server.queue, ...queue },
          },
    gpu: gpu === null ? null : { ...made.gpu, ...gpu },
    host: host === null || made.host === null ? null : { ...made.host, ...host },
    ...own,
  };
}

const GPU = {
  uuid: "",
  name: "NVIDIA A40",
  peakTflops: 149.7,
  bandwidthGBps: 696,
  powerLimitW: 300,
  usdPerHour: null,
};
const MODEL = { params: 8e9, activeParams: 8e9, dtype: null, source: "config" as const };

/** 32 users met the objective, and this is what was measured at 64. */
function found(changes: Changes, facts: Partial<Facts> = {}) {
  return bottleneckOf({
    levels: [calm(32), calm(64, changes)],
    capacity: { levelId: "u32", limit: "slo" },
    gpus: [GPU],
    model: MODEL,
    slo: null,
    ...facts,
  });
}

const CPU = { hostCpuPercent: known(30), hostBusiestPercent: known(60), hostStealPercent: bare(0), cores: 8 };
const CPU_FULL = { ...CPU, hostCpuPercent: known(97), hostBusiestPercent: known(99) };
const CORE_FULL = { ...CPU, hostBusiestPercent: known(98) };
const STOLEN = { ...CPU, hostCpuPercent: known(80), hostStealPercent: bare(16) };

const LATE = { level: { reasons: ["client_limited" as const] } };
const WAITING = { waitingPercent: 100, meanWaiting: 12 };
const QUEUED = { ...WAITING, mostRunning: 16, atMostPercent: 100, kvFullPercent: 0, meanKvPercent: 50 };
const FULL = { ...WAITING, mostRunning: 40, atMostPercent: 20, kvFullPercent: 90, meanKvPercent: 97 };
const DRIFTING = { ...WAITING, mostRunning: 40, atMostPercent: 20, kvFullPercent: 10, meanKvPercent: 60 };
const refused = (count: number): Partial<Level> => {
  const { requests } = calm(64);
  return {
    requests: {
      ...requests,
      failed: count,
      ok: requests.sent - count,
      errors: { http_429: count },
    },
  };
};
const throttled = { overheatedPercent: 80, powerCappedPercent: 0, smMHz: 1500 };
const capped = { overheatedPercent: 0, powerCappedPercent: 90, smMHz: 1500 };

describe("the cause is named by what was measured beyond the capacity", () => {
  test.each<[string, Changes, string]>([
    ["429 for more than 1 % of the requests", { level: refused(400) }, "rate_limit"],
    ["a single 429", { level: refused(1) }, "unknown"],
    [
      "other failures",
      {
        level: {
          ...refused(400),
          requests: { ...calm(64).requests, failed: 400, errors: { http_5xx: 400 } },
        },
      },
      "failures",
    ],
    ["heat that takes 14 % of the clock", { gpu: throttled }, "thermal"],
    ["heat that takes nothing of it", { gpu: { ...throttled, smMHz: 1730 } }, "unknown"],
    ["a clock that falls for another reason", { gpu: { ...throttled, overheatedPercent: 10 } }, "unknown"],
    ["a queue while the cache is full", { queue: FULL }, "kv_full"],
    [
      "a queue while the cache is full, in a batch at its ceiling",
      { queue: { ...FULL, atMostPercent: 100 } },
      "kv_full",
    ],
    [
      "a queue while the cache is full whenever the most run",
      { queue: { ...DRIFTING, kvFullPercent: 40, kvFullAtMostPercent: 100 } },
      "kv_full",
    ],
    [
      "a queue while the cache was full now and then",
      { queue: { ...DRIFTING, kvFullPercent: 40, kvFullAtMostPercent: 40 } },
      "unknown",
    ],
    [
      "a queue while the cache was full once, when the most ran",
      { queue: { ...DRIFTING, kvFullPercent: 10, kvFullAtMostPercent: 100 } },
      "unknown",
    ],
    ["a full cache without a queue", { queue: { ...FULL, waitingPercent: 20 } }, "unknown"],
    ["a queue in two scrapes alone", { queue: { ...FULL, scrapes: 2 } }, "unknown"],
    [
      "requests that wait for the end of a step, one or two of 30 a second",
      {
        queue: { ...QUEUED, meanWaiting: 1.9 },
        level: { requestsPerS: known(30), tpotMs: { ...calm(64).tpotMs, p50: known(40) } },
      },
      "unknown",
    ],
    ["a queue while the batch stands at a ceiling", { queue: QUEUED }, "batch_limit"],
    [
      "the same of a server that does not export its cache",
      { queue: { ...QUEUED, kvFullPercent: null, meanKvPercent: null } },
      "batch_limit",
    ],
    ["a queue before neither", { queue: DRIFTING }, "unknown"],
    [
      "a queue before neither, while some request is always in its prefill",
      { queue: DRIFTING, server: { serverPrefillMs: known(400) } },
      "prefill",
    ],
    [
      "much arithmetic, most of it for prompts",
      { level: { mfuPercent: bare(50), inputTokensPerS: known(9000), outputTokensPerS: known(500) } },
      "prefill",
    ],
    [
      "much arithmetic for output",
      { level: { mfuPercent: bare(50), inputTokensPerS: known(500), outputTokensPerS: known(9000) } },
      "compute",
    ],
    ["a GPU that is idle a third of the time", { gpu: { utilPercent: known(66) } }, "host_cpu"],
    ["a GPU that is hardly idle", { gpu: { utilPercent: known(85) } }, "unknown"],
    [
      "an idle GPU that was not asked enough",
      { gpu: { utilPercent: known(66) }, level: { reasons: ["under_delivered"] } },
      "unknown",
    ],
    ["a full CPU without a GPU", { gpu: null, host: CPU_FULL }, "host_cpu"],
    ["a CPU that has time left, without a GPU", { gpu: null, host: CORE_FULL }, "unknown"],
    ["a CPU of which other machines take the rest", { gpu: null, host: STOLEN }, "host_cpu"],
    [
      "a full CPU beside a GPU that is hardly idle",
      { gpu: { utilPercent: known(85) }, host: CPU_FULL },
      "unknown",
    ],
    ["an idle GPU, and a queue", { gpu: { utilPercent: known(66) }, queue: QUEUED }, "batch_limit"],
    ["much of the memory bandwidth", { level: { mbuPercent: bare(70) } }, "memory_bandwidth"],
    ["a good part of it", { level: { mbuPercent: bare(55) } }, "unknown"],
    [
      "much of it, and still more arithmetic",
      { level: { mbuPercent: bare(62), mfuPercent: bare(64), inputTokensPerS: known(1) } },
      "compute",
    ],
    ["little arithmetic", { level: { mfuPercent: bare(40) } }, "unknown"],
    ["a load generator that may have read late, beside an objective that was missed", LATE, "unknown"],
    [
      "such a load generator, and a queue in the server",
      { level: { reasons: ["client_limited"] }, queue: QUEUED },
      "batch_limit",
    ],
    [
      "a rate that was not sent",
      { level: { reasons: ["under_delivered"], load: rateLoad({ rate: 64, arrival: "constant" }) } },
      "client",
    ],
    ["a power limit that takes 14 % of the clock", { gpu: capped }, "power_cap"],
    ["a power limit that takes nothing of it", { gpu: { ...capped, smMHz: 1730 } }, "unknown"],
  ])("%s", (_, changes, cause) => {
    const isRate = changes.level?.load?.kind === "rate";
    const facts = isRate ? { levels: [calm(64, changes)], capacity: { levelId: null, limit: null } } : {};
    expect(found(changes, facts)?.bottleneck.cause).toBe(cause);
  });
});

describe("what a GPU waits for is told by the CPU of its host", () => {
  const idle = { utilPercent: known(66) };
  test.each<[string, Changes, RegExp, RegExp]>([
    [
      "nobody sampled it",
      {},
      /the rest it waits: for the CPU of its host, or for/i,
      /^Give the server more or faster cores, and/,
    ],
    [
      "it is full",
      { host: CPU_FULL },
      /busy for 66 % of the time with [\d.]+ requests in flight, while the host's 8 cores were busy for 97 % of the time, and the busiest for 99 %: the GPU waits for it\.$/,
      /^Give the host more/,
    ],
    [
      "one core is",
      { host: CORE_FULL },
      /busy for 30 % of the time, and the busiest for 98 %: the GPU waits for it/,
      /faster cores, and move work off/,
    ],
    [
      "it has time left",
      { host: CPU },
      /the busiest for 60 %: the GPU waits for the server's own scheduling/,
      /has time left/,
    ],
  ])("%s", (_, changes, evidence, remedy) => {
    const { bottleneck } = found({ gpu: idle, ...changes }) ?? {};
    expect(bottleneck?.cause).toBe("host_cpu");
    expect(bottleneck?.evidence).toMatch(evidence);
    expect(bottleneck?.remedy).toMatch(remedy);
  });
  test("without a GPU the CPU is what computes", () => {
    const { bottleneck, beyond } = found({ gpu: null, host: STOLEN }) ?? {};
    expect(bottleneck?.evidence).toMatch(
      /^At 64 users the host's 8 cores were busy for 80 % of the time, and the busiest for 60 % \(16 % more were taken by other machines\) with/,
    );
    expect(beyond).toBe("the host's CPU is full");
    expect(bottleneck?.refs).toContain("/levels/1/host/hostCpuPercent");
  });
});

describe("where nothing limits yet", () => {
  const open: Partial<Facts> = { capacity: { levelId: "u64", limit: "not_reached" } };
  test("no limit was reached", () =>
    expect(found({}, open)?.bottleneck).toMatchObject({
      cause: "not_reached",
      levelId: "u64",
      remedy: null,
    }));
  test("what a step takes is no limit, because a larger batch shares it", () => {
    expect(found({ level: { mfuPercent: bare(50) } }, open)?.bottleneck.cause).toBe("not_reached");
    expect(found({ gpu: capped }, open)?.bottleneck.cause).toBe("not_reached");
  });
  test("nor is a full CPU", () =>
    expect(found({ gpu: null, host: CPU_FULL }, open)?.bottleneck.cause).toBe("not_reached"));
  test("nor is it that the load generator may have read late", () =>
    expect(found(LATE, open)?.bottleneck.cause).toBe("not_reached"));
  test("unless nothing else is found to bound the load", () =>
    expect(found(LATE, { capacity: { levelId: "u32", limit: null } })?.bottleneck.cause).toBe("client"));
  test("but a queue is one", () =>
    expect(found({ queue: QUEUED }, open)?.bottleneck.cause).toBe("batch_limit"));
});

describe("what to change is named in the words of the server, where the evidence says so", () => {
  const remedy = (changes: Changes): string | null | undefined => found(changes)?.bottleneck.remedy;
  test.each<[string, Changes, RegExp]>([
    ["a full cache of vLLM", { queue: FULL }, /`--gpu-memory-utilization`/],
    ["a full cache of llama.cpp", { queue: FULL, server: { engine: "llama.cpp" } }, /`--ctx-size`/],
    [
      "a full batch of vLLM with room in its cache",
      { queue: QUEUED },
      /`--max-num-seqs`\): its KV cache has room\.$/,
    ],
    [
      "a full batch of llama.cpp",
      { queue: { ...QUEUED, kvFullPercent: null, meanKvPercent: null }, server: { engine: "llama.cpp" } },
      /`--parallel`\) as far as its KV cache goes/,
    ],
    [
      "a full batch beside a cache that is nearly full",
      { queue: { ...QUEUED, meanKvPercent: 90 } },
      /`--max-num-seqs`.*`--gpu-memory-utilization`/,
    ],
    [
      "a full batch of a GPU without arithmetic left",
      { queue: QUEUED, level: { mfuPercent: bare(52) } },
      /^Add replicas: MFU is 52 %/,
    ],
  ])("%s", (_, changes, words) => expect(remedy(changes)).toMatch(words));
  test("and no flag of a server that is not known", () =>
    expect(remedy({ queue: QUEUED, server: { engine: "another" } })).toBe(
      "Raise the server's largest batch: its KV cache has room.",
    ));
});

test("the evidence has its numbers, and points at them", () => {
  const full = found({ queue: FULL, server: { preemptions: bare(7) } });
  expect(full?.bottleneck.evidence).toBe(
    "At 64 users requests waited in 100 % of the scrapes, 12 on average, and in 90 % of those the KV cache had no room for one more (97 % in use), and 7 running requests were thrown out for want of it.",
  );
  expect(found({ queue: FULL, server: { preemptions: bare(1) } })?.bottleneck.evidence).toMatch(
    /and 1 running request was thrown out for want of it\.$/,
  );
  expect(full?.bottleneck.refs).toEqual(["/levels/1/server/queue", "/levels/1/server/preemptions"]);
  expect(full?.beyond).toBe("the KV cache is full and requests queue");
  expect(found({ queue: QUEUED })?.beyond).toBe("the batch is full (16 requests) and requests queue");
});

describe("what is not known is said to be so, with what would tell", () => {
  test("the server, the GPU and the model", () =>
    expect(found({ server: null, gpu: null }, { gpus: [], model: null })?.bottleneck).toMatchObject({
      cause: "unknown",
      evidence:
        "What was measured at 64 users does not show it. This would tell: the server's own metrics (`--metrics`), an agent on the GPU's host (`brimline agent`), the model's config.json (`--model-config`).",
      refs: ["/levels/1/server", "/levels/1/gpu", "/levels/1/mbuPercent", "/levels/1/mfuPercent"],
    }));
  test("nothing, where all of it was measured", () =>
    expect(found({})?.bottleneck.evidence).toMatch(
      /^Nothing that was measured at 64 users stood at its limit/,
    ));
  test("and the queue of a rate that was not sustained", () =>
    expect(found({}, { capacity: { levelId: "u32", limit: "queue" } })?.beyond).toBe(
      "requests come faster than they are answered; why is not known",
    ));
  test("and the objective that was missed", () =>
    expect(
      found(
        {
          level: {
            objectives: [
              { latency: "tpotMs", boundMs: 50, met: false, reasons: [], nEff: 99, nEffNeeded: 59 },
            ],
          },
        },
        { slo: { ttftMs: null, tpotMs: 50, e2eMs: null, percentile: 95 } },
      )?.beyond,
    ).toBe("TPOT p95 is above 50 ms; why is not known"));
});

test("a load that is known to be too much shows it before a lower one of which that is open", () => {
  const open = { ...calm(48), sloMet: null };
  const missed = { ...calm(64, { queue: FULL }), sloMet: false };
  expect(found({}, { levels: [calm(32), open, missed] })?.bottleneck).toMatchObject({
    cause: "kv_full",
    levelId: "u64",
  });
});

test("without an objective the highest load shows it", () =>
  expect(
    found(
      {},
      { levels: [calm(32), calm(64), calm(128, { queue: FULL })], capacity: { levelId: "u32", limit: null } },
    )?.bottleneck,
  ).toMatchObject({ cause: "kv_full", levelId: "u128" }));

test("of levels at one load the one with the most requests shows it", () => {
  const repeated = {
    ...calm(64, { queue: FULL }),
    id: "again",
    requests: { ...calm(64).requests, inWindow: 1e6 },
  };
  expect(found({}, { levels: [calm(32), calm(64), repeated] })?.bottleneck).toMatchObject({
    cause: "kv_full",
    levelId: "again",
  });
});

test("without a level there is none", () => expect(found({}, { levels: [] })).toBeNull());

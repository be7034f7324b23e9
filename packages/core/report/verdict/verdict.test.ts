import { rateLoad } from "../../load/rate.ts";
import { describe, expect, test } from "vitest";
import type { JobRequest } from "../../job/spec/spec.ts";
import type { ShardSummary } from "../../record/record.ts";
import { aggregate } from "../aggregate.ts";
import type { Report } from "../schema.ts";
import {
  answeredRequest,
  CREATED_UNIX_MS,
  failedRequest,
  type KnownLevel,
  syntheticJob,
  syntheticLevel,
  withRecords,
} from "@brimline/testkit/synthetic";

/** TTFT grows by 20 ms with each user, so throughput grows by ever less. */
const LOADS = [10, 20, 40];
const levels = LOADS.map((users, i) =>
  syntheticLevel({
    id: `l0${i + 1}`,
    users,
    ttftMs: 20 * users,
    gapMs: 20,
    outputTokens: 40,
    durationS: 60,
    t0UnixMs: CREATED_UNIX_MS + 100_000 * i,
  }),
);
const verdict = (run: KnownLevel[], request: Partial<JobRequest> = {}): Report["verdict"] =>
  aggregate(syntheticJob(run, request)).verdict;

describe("with an objective the capacity is the highest level that meets it", () => {
  test("and the next level, which misses it, bounds the capacity from above", () => {
    const found = verdict(levels, { slo: { ttftMs: 500 } });
    expect(found).toMatchObject({
      levelId: "l02",
      limit: "slo",
      capacityUnit: "users",
      capacity: { value: 20, low: 20, high: 40 },
    });
    expect(found.sentence).toMatch(
      /^20 users met TTFT p95 ≤ 500 ms with \d+(\.\d)? tokens\/s; 40 users missed it\.$/,
    );
  });
  test("and if all meet it, no limit was reached", () =>
    expect(verdict(levels, { slo: { ttftMs: 5000 } })).toMatchObject({
      levelId: "l03",
      limit: "not_reached",
      capacity: { value: 40, high: null },
    }));
  test("and if none meets it, there is no capacity", () => {
    const found = verdict(levels, { slo: { ttftMs: 50, tpotMs: 30 } });
    expect(found).toMatchObject({ levelId: null, limit: "slo", capacity: { value: null } });
    expect(found.sentence).toBe(
      "No level met TTFT p95 ≤ 50 ms and TPOT p95 ≤ 30 ms; the lowest judged was 10 users.",
    );
  });
  test("and with too few requests nothing can be told", () => {
    const short = syntheticLevel({
      id: "l01",
      users: 1,
      ttftMs: 200,
      gapMs: 20,
      outputTokens: 40,
      durationS: 20,
      t0UnixMs: CREATED_UNIX_MS,
    });
    expect(verdict([short], { slo: { ttftMs: 500 } })).toMatchObject({
      levelId: null,
      limit: null,
      capacity: { value: null, reasons: ["too_few"] },
    });
  });
});

/** Requests at a constant rate. Each is answered in `e2eMs`, or in ever more time if a queue grows. */
function rateLevel(
  ratePerS: number,
  { growsMsPerS = 0, ended = "completed" }: { growsMsPerS?: number; ended?: ShardSummary["ended"] } = {},
): KnownLevel {
  const durationS = 60;
  const level = syntheticLevel({
    id: `r${ratePerS}`,
    users: 1,
    ttftMs: 1,
    gapMs: 1,
    outputTokens: 2,
    durationS,
    t0UnixMs: CREATED_UNIX_MS + 1e5 * ratePerS,
  });
  const records = Array.from({ length: ratePerS * durationS }, (_, index) => {
    const sentMs = (1000 * index) / ratePerS;
    return {
      ...answeredRequest({
        index,
        sentMs,
        ttftMs: 200 + (growsMsPerS * sentMs) / 1000,
        gapMs: 20,
        outputTokens: 40,
      }),
      user: null,
    };
  });
  const [shard] = level.shards;
  if (shard === undefined) throw new Error("no shard");
  const stopMs = 1000 * durationS;
  const requests = { ...shard.summary.requests, due: records.length, sent: records.length };
  return {
    ...level,
    plan: {
      ...level.plan,
      load: rateLoad({ rate: ratePerS, arrival: "constant" }),
      rampS: 0,
    },
    state: ended === "completed" ? "completed" : "stopped",
    shards: [{ summary: { ...shard.summary, stopMs, drainEndMs: 2 * stopMs, requests, ended }, records }],
  };
}

describe("without an objective the capacity of rates is the highest that is sustained", () => {
  test("and the next, at which requests came faster than they were answered, bounds it from above", () => {
    const found = verdict([rateLevel(5), rateLevel(10), rateLevel(20, { growsMsPerS: 500 })]);
    expect(found).toMatchObject({
      levelId: "r10",
      limit: "queue",
      capacityUnit: "requestsPerS",
      capacity: { value: 10, high: 20 },
    });
    expect(found.sentence).toMatch(
      /^10 requests\/s was sustained with \d+ tokens\/s; at 20 requests\/s requests came faster than they were answered\.$/,
    );
  });
  test.each(["over_saturated", "open_limit"] as const)(
    "and a level that was ended as %s bounds it, too",
    (ended) => {
      const report = aggregate(syntheticJob([rateLevel(5), rateLevel(10, { growsMsPerS: 500, ended })]));
      expect(report.verdict).toMatchObject({
        levelId: "r5",
        limit: "queue",
        capacity: { value: 5, high: 10 },
      });
      expect(report.levels[1]?.reasons).toContain(ended);
      expect(report.levels[1]?.validity).toBe(ended === "open_limit" ? "invalid" : "indicative");
      expect(report.findings.map(({ code }) => code)).toContain(ended);
      expect(report.findings.map(({ code }) => code)).not.toContain("cut_short");
    },
  );
  test("and if all are, no limit was reached", () =>
    expect(verdict([rateLevel(5), rateLevel(10)])).toMatchObject({
      levelId: "r10",
      limit: "not_reached",
      capacity: { value: 10, high: null },
    }));
  test("and if none is, there is no capacity", () => {
    const found = verdict([rateLevel(5, { growsMsPerS: 500 })]);
    expect(found).toMatchObject({ levelId: null, limit: "queue", capacity: { value: null } });
    expect(found.sentence).toBe(
      "No rate was sustained: at 5 requests/s requests came faster than they were answered.",
    );
  });
  test("and a rate that has not settled is not sustained", () => {
    const found = verdict([rateLevel(5), rateLevel(10, { growsMsPerS: 5 })]);
    expect(found.levelId).toBe("r5");
    expect(found.sentence).toMatch(/at 10 requests\/s TTFT or requests in flight had not settled\.$/);
  });
  test.each([
    ["poisson", "r5"],
    ["constant", null],
  ] as const)(
    "and a few requests more at the window's end than at its start are chance with %s arrivals: %s",
    (arrival, levelId) => {
      const level = rateLevel(5);
      const late = Array.from({ length: 8 }, (_, nth) =>
        answeredRequest({ index: 300 + nth, sentMs: 59_500 + nth, ttftMs: 200, gapMs: 20, outputTokens: 40 }),
      );
      const more = withRecords(level, (records) => [
        ...records,
        ...late.map((record) => ({ ...record, user: null })),
      ]);
      const plan = { ...level.plan, load: rateLoad({ rate: 5, arrival }) };
      expect(verdict([{ ...more, plan }]).levelId).toBe(levelId);
    },
  );
  test("a few failed requests are not called a queue", () => {
    const failing = withRecords(rateLevel(10), (records) =>
      records.map((record, nth) =>
        nth % 33 === 0
          ? { ...failedRequest(record.sentMs, "http_5xx", 1), index: record.index, user: null }
          : record,
      ),
    );
    const found = verdict([rateLevel(5), failing]);
    expect(found).toMatchObject({ levelId: "r5", limit: "errors" });
    expect(found.sentence).toMatch(/at 10 requests\/s 3(\.\d+)? % of the requests failed\.$/);
  });
  test("a job of users and rates is judged by what came first", () =>
    expect(verdict([rateLevel(50), ...levels.slice(0, 1)])).toMatchObject({
      levelId: "r50",
      capacityUnit: "requestsPerS",
    }));
});

test("if every request failed, that is told before all else", () => {
  const failed = levels.map((level) =>
    withRecords(level, (records) => records.map((record) => failedRequest(record.sentMs, "http_4xx", 5))),
  );
  const found = verdict(failed);
  expect(found).toMatchObject({ levelId: null, limit: "errors", capacity: { value: null } });
  expect(found.sentence).toMatch(/^Every request failed \([\d,]+ http_4xx\)\. No capacity can be told\.$/);
});

describe("without an objective the capacity of users is the level with the highest throughput", () => {
  test("and the maximum lies higher if throughput still grew", () => {
    const found = verdict(levels.slice(0, 2));
    expect(found).toMatchObject({ levelId: "l02", limit: "not_reached", capacity: { value: 20 } });
    expect(found.sentence).toMatch(
      /^20 users gave the most, [\d.]+ tokens\/s; throughput still grew there, so the maximum lies higher\.$/,
    );
  });
  test("and the verdict says where throughput grew by less than 10 %", () => {
    const flat = [
      ...levels,
      syntheticLevel({
        id: "l04",
        users: 80,
        ttftMs: 2300,
        gapMs: 20,
        outputTokens: 40,
        durationS: 120,
        t0UnixMs: CREATED_UNIX_MS + 900_000,
      }),
    ];
    expect(verdict(flat)).toMatchObject({ levelId: "l04", limit: null });
    expect(verdict(flat).sentence).toMatch(/from 40 users to 80 users it grew by less than 10 %\.$/);
  });
  test("a single level says nothing about more load", () =>
    expect(verdict(levels.slice(0, 1)).sentence).toMatch(
      /with a single level nothing can be said about more load\.$/,
    ));
  test("and errors at the highest level are the limit", () => {
    const failing = levels.map((level, i) =>
      i < 2
        ? level
        : withRecords(level, (records) =>
            records.map((record, k) =>
              k % 5 === 0 ? { ...failedRequest(record.sentMs, "http_5xx", 800) } : record,
            ),
          ),
    );
    expect(verdict(failing)).toMatchObject({ limit: "errors" });
    expect(verdict(failing).sentence).toMatch(
      /^At 40 users [\d.]+ % of the requests failed \(\d+ http_5xx\)\. 40 users gave the most, [\d.]+ tokens\/s\.$/,
    );
  });
  test("and an invalid level is never named", () => {
    const cut = levels.map((level, i) =>
      i < 2 ? level : ({ ...level, state: "stopped", reason: "endpoint_down" } as const),
    );
    expect(verdict(cut)).toMatchObject({ levelId: "l02" });
  });
});

describe("the answer says how many users, what they get, what it costs and what limits it", () => {
  const priced = { gpu: { usdPerHour: 0.39 } };
  const answer = (request: Partial<JobRequest>, run = levels): string | null => verdict(run, request).answer;

  test("between the highest load that met the objective and the lowest that missed it", () =>
    expect(answer({ slo: { ttftMs: 500 }, ...priced })).toMatch(
      /^Serve up to 20 users \(95 %: 20 to 40\): \d+(\.\d)? tokens\/s, first token within 400 ms for 95 %, \$0\.\d\d per million output tokens\. Beyond it TTFT p95 is above 500 ms; why is not known\.$/,
    ));
  test("and where none missed it, the load is the least", () =>
    expect(answer({ slo: { ttftMs: 5000 } })).toMatch(
      /^Serve at least 40 users: [\d.,]+ tokens\/s, first token within 800 ms for 95 %\. No higher load was run\.$/,
    ));
  test("without an objective it is the load that gave the most", () =>
    expect(answer({})).toMatch(/^Most output at 40 users: /));
  test("a bound that was met stands for a percentile that too few requests support", () => {
    const few = syntheticLevel({
      id: "l01",
      users: 4,
      ttftMs: 200,
      gapMs: 20,
      outputTokens: 40,
      durationS: 17,
      t0UnixMs: CREATED_UNIX_MS,
    });
    expect(answer({ slo: { ttftMs: 500 } }, [few])).toMatch(
      /^Serve at least 4 users: [\d.]+ tokens\/s, first token within 500 ms for 95 %\. /,
    );
  });
  test("a rate is one that is sustained", () =>
    expect(verdict([rateLevel(2), rateLevel(4)]).answer).toMatch(
      /^Serve at least 4 requests\/s: [\d.]+ tokens\/s, first token within 200 ms for 95 %\. /,
    ));
  test("and without a capacity there is none", () => expect(answer({ slo: { ttftMs: 50 } })).toBeNull());
});

describe("a search without an objective ends where more load brings little", () => {
  /** Throughput by users: 10 and 20 users get 500 tokens/s each 10, and 40 users hardly more than 20. */
  const flat = [10, 20, 40].map((users, i) =>
    syntheticLevel({
      id: `l0${i + 1}`,
      users,
      ttftMs: users === 40 ? 1080 : 200,
      gapMs: 20,
      outputTokens: 40,
      durationS: 60,
      t0UnixMs: CREATED_UNIX_MS + 100_000 * i,
    }),
  );
  const searched = { levels: { search: {} } };

  test("at the smallest load at which less than 10 % of the most is missing", () => {
    const found = verdict(flat, searched);
    expect(found).toMatchObject({
      levelId: "l02",
      limit: null,
      capacity: { value: 20, low: 10, high: 20 },
    });
    expect(found.sentence).toMatch(
      /^20 users gave [\d.]+ tokens\/s; up to 40 users no more than 10 % came on top\.$/,
    );
    expect(found.answer).toMatch(/^Serve up to 20 users \(10 to 20\): /);
  });
  test("and where a higher load has no throughput, whether it gives more is open", () => {
    const found = verdict(
      [
        ...flat.slice(0, 2),
        syntheticLevel({
          id: "l03",
          users: 80,
          ttftMs: 4000,
          gapMs: 20,
          outputTokens: 40,
          durationS: 6,
          t0UnixMs: CREATED_UNIX_MS + 300_000,
        }),
      ],
      searched,
    );
    expect(found).toMatchObject({ levelId: "l02", limit: null, capacity: { value: 20, high: null } });
    expect(found.sentence).toMatch(
      /^20 users gave [\d.]+ tokens\/s; whether 80 users give more cannot be told\.$/,
    );
    expect(found.answer).toMatch(/^Serve up to 20 users: /);
  });
  test("and where throughput still grew, the limit lies higher", () =>
    expect(verdict(flat.slice(0, 2), searched)).toMatchObject({
      levelId: "l02",
      limit: "not_reached",
      capacity: { value: 20, high: null },
    }));
});

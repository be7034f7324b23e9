import {
  CREATED_UNIX_MS,
  failedRequest,
  knownCertificate,
  type KnownLevel,
  NO_ARRIVALS,
  syntheticJob,
  syntheticLevel,
  withRecords,
  withSummary,
} from "@brimline/testkit/synthetic";
import { describe, expect, test } from "vitest";
import type { ErrorKind } from "../../codes.ts";
import type { JobRequest } from "../../job/spec/spec.ts";
import type { AggregateInput } from "../input.ts";
import { aggregate } from "../aggregate.ts";
import { Report } from "../schema.ts";

/** TTFT is 20 ms for each user, and E2E 720 ms more. */
const level = (users: number, durationS = 30): KnownLevel =>
  syntheticLevel({
    id: `l${users}`,
    users,
    ttftMs: 20 * users,
    gapMs: 80,
    outputTokens: 10,
    durationS,
    t0UnixMs: CREATED_UNIX_MS + 100_000 * users,
  });
const warmup = (): KnownLevel => {
  const one = level(1, 4);
  return { ...one, plan: { ...one.plan, id: "warmup", role: "warmup" } };
};

/** Each `nth` request fails so. */
const failing = (of: KnownLevel, nth: number, kind: ErrorKind): KnownLevel =>
  withRecords(of, (records) =>
    records.map((record, i) =>
      i % nth === 0
        ? { ...failedRequest(record.sentMs, kind, 500), index: record.index, user: record.user }
        : record,
    ),
  );
const stopped = (of: KnownLevel, reason: KnownLevel["reason"]): KnownLevel => ({
  ...of,
  state: "stopped",
  reason,
});
/** The load generator stamps so late that no TTFT can be used. */
const late = (of: KnownLevel): KnownLevel =>
  withSummary(of, {
    certificate: knownCertificate({ addedTtftP99Ms: 5000 }),
    arrivals: { ...NO_ARRIVALS, clock: "process" },
  });
/** Of all requests these few, which come one after another, begin late. */
const stumbling = (of: KnownLevel, late: number): KnownLevel =>
  withRecords(of, (records) => {
    const from = Math.floor(records.length / 2);
    return records.map((record, i) =>
      i < from || i >= from + late
        ? record
        : {
            ...record,
            firstMs: record.sentMs + 600,
            firstVisibleMs: record.sentMs + 600,
            gapsUs: record.gapsUs.map((gapUs, chunk) => (chunk === 0 ? 600_000 : gapUs)),
          },
    );
  });
/** All output of an answer comes at once. */
const atOnce = (of: KnownLevel): KnownLevel =>
  withRecords(of, (records) =>
    records.map((record) => ({
      ...record,
      firstMs: record.lastMs,
      firstVisibleMs: record.lastMs,
      gapsUs: record.gapsUs.map((_, chunk) => (chunk === 0 ? record.gapsUs.reduce((a, b) => a + b) : 0)),
    })),
  );
const thinned = (of: KnownLevel): KnownLevel => ({
  ...of,
  plan: { ...of.plan, load: { kind: "concurrency", users: 2 * (of.shards[0]?.summary.levelUsers ?? 0) } },
});

const reported = (
  levels: KnownLevel[],
  request: Partial<JobRequest>,
  changes: Partial<AggregateInput> = {},
): Report => aggregate({ ...syntheticJob(levels, request), ...changes });

const SLO = { slo: { ttftMs: 500 } };

interface Row {
  levels: KnownLevel[];
  request?: Partial<JobRequest>;
  changes?: Partial<AggregateInput>;
  verdict: object;
  says: RegExp;
  next: RegExp | null;
}

const at = (users: number) => ({ id: `l${users}`, load: { kind: "concurrency", users } });

describe("one verdict", () => {
  test.each<[string, Row]>([
    [
      "is met where the highest load meets the objective, and names a load to test",
      {
        levels: [level(10), level(20)],
        verdict: { status: "met", level: at(20), cause: null, validity: "valid" },
        says: /^20 users met TTFT p95 ≤ 500 ms with [\d.]+ tokens\/s; no higher load was run\.$/,
        next: /^Test 30 users to find where it ends\.$/,
      },
    ],
    [
      "is missed where the highest load misses it, and says what to keep to",
      {
        levels: [level(10), level(40)],
        verdict: { status: "missed", level: at(40), cause: "objective", levelId: "l10", limit: "slo" },
        says: /^10 users met .*; 40 users missed it\.$/,
        next: /^Keep to 10 users, or loosen the objective\.$/,
      },
    ],
    [
      "of a search is met where a load meets the objective, though higher ones miss it or fail",
      {
        levels: [level(10), level(40), failing(level(80), 1, "http_5xx")],
        request: { ...SLO, levels: { search: {} } },
        verdict: { status: "met", level: at(10), cause: null, levelId: "l10", limit: "slo" },
        says: /10 users met .*; 40 users missed it\.$/,
        next: null,
      },
    ],
    [
      "of a search is open where the highest load that seems to meet the objective is not sure to, and is told",
      {
        levels: [level(1, 10), level(2, 10), level(40)],
        request: { ...SLO, levels: { search: { withinS: 90 } } },
        verdict: {
          status: "unknown",
          level: at(2),
          cause: "too_few",
          levelId: "l2",
          limit: "slo",
          answer: expect.stringMatching(/^Serve perhaps up to 2 users \(for certain fewer than 40\): /),
        },
        says: /^2 users seemed to meet TTFT p95 ≤ 500 ms: too few requests for this figure; 40 users missed it\.$/,
        next: /^Give the search longer than 90 s \(`--within`/,
      },
    ],
    [
      "of a search is met where a load and the next higher one meet the objective as one, though neither does alone",
      {
        levels: [level(3, 12), level(4, 10), level(40)],
        request: { ...SLO, levels: { search: {} } },
        verdict: { status: "met", level: at(3), cause: null, levelId: "l3", limit: "slo" },
        says: /^3 users met .*; 40 users missed it\.$/,
        next: null,
      },
    ],
    [
      "of a search that was cancelled is the interval known so far",
      {
        levels: [level(10), level(40), stopped(level(30, 4), "cancelled")],
        request: { ...SLO, levels: { search: {} } },
        changes: { state: "cancelled" },
        verdict: { status: "met", level: at(10), cause: null, levelId: "l10" },
        says: /10 users met .*; 40 users missed it\.$/,
        next: null,
      },
    ],
    [
      "of a search that was cancelled before a load missed does not say that more brings nothing",
      {
        levels: [level(10), stopped(level(30, 4), "cancelled")],
        request: { ...SLO, levels: { search: {} } },
        changes: { state: "cancelled" },
        verdict: {
          status: "met",
          level: at(10),
          answer: expect.stringMatching(
            /^Serve at least 10 users: .*\. Whether more load meets the objective is not known\.$/,
          ),
        },
        says: /whether 30 users met it cannot be told: the job was cancelled\.$/,
        next: null,
      },
    ],
    [
      "is missed by one user, and says by how much",
      {
        levels: [level(1)],
        request: { slo: { ttftMs: 15 } },
        verdict: { status: "missed", level: at(1), cause: "objective" },
        says: /^Not even 1 user met TTFT p95 ≤ 15 ms: TTFT p50 was 20 ms\.$/,
        next: /^Loosen the objective/,
      },
    ],
    [
      "is missed by every load",
      {
        levels: [level(30), level(40)],
        verdict: { status: "missed", level: at(40), cause: "objective", levelId: null },
        says: /^No level met TTFT p95 ≤ 500 ms; the lowest judged was 30 users\.$/,
        next: /^Loosen the objective, or make the endpoint faster: 40 users missed it\.$/,
      },
    ],
    [
      "is unknown where too few requests tell, and says how long to run",
      {
        levels: [level(1, 20)],
        verdict: { status: "unknown", level: at(1), cause: "too_few", levelId: null, limit: null },
        says: /^Whether a level met TTFT p95 ≤ 500 ms cannot be told: no level had enough requests\.$/,
        next: /^Run 50 s a level \(`--duration 50`, or `stop\.durationS` of the job\)\.$/,
      },
    ],
    [
      "is unknown where requests enough depend on one another, and says that",
      {
        levels: [stumbling(level(10), 9)],
        verdict: { status: "unknown", level: at(10), cause: "too_correlated", levelId: null },
        says: /cannot be told: the window is short beside the time over which the values depend on one another/,
        next: /^Run \d+ s a level/,
      },
    ],
    [
      "is unknown where the highest load was too short",
      {
        levels: [level(10), level(20, 2)],
        verdict: { status: "unknown", level: at(20), cause: "too_short", levelId: "l10", limit: null },
        says: /^10 users met .*; whether 20 users met it cannot be told: the level was shorter than three request latencies\.$/,
        next: /^Run 10 s a level/,
      },
    ],
    [
      "is missed where a lower load missed it and the highest is open",
      {
        levels: [level(10), level(30), level(31, 4)],
        verdict: { status: "missed", level: at(30), cause: "objective", levelId: "l10" },
        says: /30 users missed it\.$/,
        next: /^Keep to 10 users/,
      },
    ],
    [
      "is failed where most requests of a level failed, whatever the lower ones met",
      {
        levels: [level(10), failing(failing(level(20), 2, "http_5xx"), 3, "http_429")],
        verdict: { status: "failed", level: at(20), cause: "failures", levelId: "l10", limit: "errors" },
        says: /^At 20 users 66\.[67] % of the requests failed \(\d+ http_\d.., \d+ http_\d..\)\. 10 users met .*; 20 users missed it\.$/,
        next: /./,
      },
    ],
    [
      "names failures before a miss that they cause, and what to do about their kind",
      {
        levels: [level(10), failing(level(20), 10, "http_429")],
        verdict: { status: "missed", level: at(20), cause: "failures", limit: "errors" },
        says: /^At 20 users 10\.1 % of the requests failed \(\d+ http_429\)\. 10 users met .*; 20 users missed it\.$/,
        next: /^Raise the endpoint's rate limit for this key, or ask for less load\.$/,
      },
    ],
    [
      "names an endpoint that went down before everything",
      {
        levels: [level(10), stopped(failing(level(20), 3, "connect"), "endpoint_down")],
        changes: { state: "partial" },
        verdict: { status: "failed", level: at(20), cause: "endpoint_down", validity: "invalid" },
        says: /^The endpoint stopped answering at 20 users: 33\.\d % of the requests failed \(\d+ connect\)\. 10 users met /,
        next: /^Check that the endpoint still runs/,
      },
    ],
    [
      "names an endpoint that went down in the warm-up",
      {
        levels: [stopped(failing(warmup(), 1, "connect"), "endpoint_down")],
        changes: { state: "failed" },
        verdict: { status: "failed", level: { id: "warmup" }, cause: "endpoint_down", levelId: null },
        says: /^The endpoint stopped answering in the warm-up: every request failed \(\d+ connect\)\. No capacity can be told: no level was measured\.$/,
        next: /^Check that the endpoint still runs/,
      },
    ],
    [
      "is unknown where the load generator may have read late",
      {
        levels: [late(level(10))],
        verdict: { status: "unknown", level: at(10), cause: "client_limited" },
        says: /^Whether a level met TTFT p95 ≤ 500 ms cannot be told: the load generator may have read too late/,
        next: /^Give the load generator a core of its own/,
      },
    ],
    [
      "names the fewest failures before the load generator",
      {
        levels: [failing(late(level(10)), 200, "idle_timeout")],
        verdict: { status: "unknown", level: at(10), cause: "client_limited" },
        says: /^At 10 users 0\.\d+ % of the requests failed \(\d idle_timeout\)\. Whether a level met .*: the load generator/,
        next: /^Give the load generator a core of its own/,
      },
    ],
    [
      "is unknown where output came in bunches",
      {
        levels: [atOnce(level(10))],
        request: { slo: { tpotMs: 100 } },
        verdict: { status: "unknown", level: at(10), cause: "coalesced" },
        says: /^Whether a level met TPOT p95 ≤ 100 ms cannot be told: output came in bunches/,
        next: /^Stop what holds the stream back/,
      },
    ],
    [
      "is unknown where the load was not delivered, and no lower one counts as the highest",
      {
        levels: [level(8), thinned(level(10))],
        verdict: {
          status: "unknown",
          level: { load: { users: 20 } },
          cause: "under_delivered",
          levelId: "l8",
        },
        says: /^8 users met .*; whether 20 users met it cannot be told: less load was in flight than was asked for\.$/,
        next: /^Find out what kept requests back/,
      },
    ],
    [
      "is unknown where the highest load never ran",
      {
        levels: [level(10)],
        request: { levels: [10, 20], ...SLO },
        changes: { state: "partial" },
        verdict: {
          status: "unknown",
          level: { id: null, load: { users: 20 } },
          cause: "budget",
          levelId: "l10",
        },
        says: /^10 users met .*; no higher load was run\.$/,
        next: /^Raise the job's `limits`/,
      },
    ],
    [
      "is unknown where the job was cancelled before a level",
      {
        levels: [stopped(warmup(), "cancelled")],
        changes: { state: "cancelled" },
        verdict: { status: "unknown", level: null, cause: "cancelled", validity: "invalid" },
        says: /^No capacity can be told: no level was measured\.$/,
        next: /^Submit the job again/,
      },
    ],
    [
      "is unknown without an objective",
      {
        levels: [level(10), level(20)],
        request: {},
        verdict: { status: "unknown", level: null, cause: "no_slo", levelId: "l20" },
        says: /^20 users gave the most/,
        next: /^Test 30 users/,
      },
    ],
    [
      "is failed without an objective, too",
      {
        levels: [failing(level(10), 1, "http_5xx")],
        request: {},
        verdict: { status: "failed", level: at(10), cause: "failures", levelId: null },
        says: /^Every request failed \(\d+ http_5xx\)\. No capacity can be told\.$/,
        next: /^Read what the endpoint answered and its own log/,
      },
    ],
  ])("%s", (_, { levels, request = SLO, changes, verdict, says, next }) => {
    const report = reported(levels, request, changes);
    expect(report.verdict).toMatchObject(verdict);
    expect(report.verdict.sentence).toMatch(says);
    expect(report.verdict.next?.sentence ?? "").toMatch(next ?? /^$/);
    expect(Report.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
  });
});

describe("how long to run", () => {
  test.each([
    ["with a window", level(1, 20), {}],
    ["without a window", level(1, 2), {}],
    ["with many users", level(20, 3), {}],
  ])("is enough to be judged, %s", (_, short, request) => {
    const { verdict } = reported([short], { ...SLO, ...request });
    expect(verdict).toMatchObject({ status: "unknown", next: { action: "run_longer", requests: null } });
    const { users } = verdict.level?.load.kind === "concurrency" ? verdict.level.load : { users: 0 };
    const longer = level(users, verdict.next?.durationS ?? 0);
    expect(reported([longer], SLO).verdict.status).toBe("met");
    // And it is not far more than that.
    expect(verdict.next?.durationS).toBeLessThan(Math.max(20, 90 / users));
  });

  test("is a number of requests where the job ends levels by it", () => {
    const { verdict } = reported([level(1, 20)], { ...SLO, stop: { requests: 25 } });
    expect(verdict.next).toMatchObject({ action: "run_longer", durationS: null, requests: 70 });
    expect(verdict.next?.sentence).toMatch(/^Send 70 requests a level/);
  });

  test("is not told where the percentile lies at its bound", () => {
    const near = withRecords(level(10), (records) =>
      records.map((record) => ({
        ...record,
        firstMs: record.sentMs + (record.index % 20 === 0 ? 600 : 200),
      })),
    );
    const { verdict } = reported([near], SLO);
    expect(verdict).toMatchObject({ status: "unknown", cause: "too_few", next: { durationS: null } });
    expect(verdict.next?.sentence).toMatch(/the percentile lies near its bound\.$/);
    expect(verdict.sentence).toMatch(/cannot be told: the percentile lies near its bound\.$/);
  });
});

test("a load to test next is never below one that ran", () => {
  const both = reported([level(10), thinned(level(20))], {});
  expect(both.levels[1]?.validity).toBe("invalid");
  expect(both.saturation?.nextLoadToTest).toBeNull();
  expect(both.verdict).toMatchObject({ next: { action: "deliver_load" }, limit: null });
  expect(both.verdict.sentence).toMatch(/whether 40 users give more cannot be told: less load was in flight/);
});

test("invalid levels are not compared with the first", () => {
  const report = reported([thinned(level(10)), level(11), level(12)], {});
  expect(report.versusFirst).toMatchObject({ firstLevelId: "l11", rows: [{ levelId: "l12" }] });
  expect(reported([level(10), thinned(level(11))], {}).versusFirst).toBeNull();
});

test("a report of before opens, and its verdict is what it says", () => {
  const { verdict, ...rest } = reported([level(10)], SLO);
  const { status: _, level: __, cause: ___, next: ____, validity: _____, ...before } = verdict;
  const levels = rest.levels.map(({ objectives: ______, ...one }) => one);
  const opened = Report.parse({ ...rest, levels, verdict: before });
  expect(opened.verdict).toEqual({
    ...before,
    status: "unknown",
    level: null,
    cause: null,
    next: null,
    validity: null,
  });
  expect(opened.levels[0]?.objectives).toEqual([]);
});

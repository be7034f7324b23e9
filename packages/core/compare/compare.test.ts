import { normalFrom, randomFrom, seedOf } from "../random.ts";
import type { Figure } from "../figure.ts";
import { describe, expect, test } from "vitest";
import { aggregateAll } from "../report/aggregate.ts";
import { compare, type Compared } from "./compare.ts";
import { Comparison } from "./schema.ts";
import type { JobRequest } from "../job/spec/spec.ts";
import type { RequestRecord } from "../record/record.ts";
import {
  CREATED_UNIX_MS,
  failedRequest,
  type KnownLevel,
  syntheticJob,
  syntheticLevel,
  withRecords,
} from "@brimline/testkit/synthetic";

interface Asked {
  id: string;
  slowdown?: number;
  users?: number[];
  seed?: string;
  request?: Partial<JobRequest>;
  repeats?: number;
  change?: (level: KnownLevel) => KnownLevel;
}

const known = new Map<string, ReturnType<typeof aggregateAll>>();

/** The job's report with its influences. Jobs that differ in their id alone are made once. */
function job({ id, ...asked }: Asked): ReturnType<typeof aggregateAll> {
  const key = JSON.stringify(asked);
  const made = (asked.change === undefined ? known.get(key) : undefined) ?? aggregated(asked);
  if (asked.change === undefined) known.set(key, made);
  return { ...made, report: { ...made.report, id } };
}

/** What each request's TTFT varies by, ms. */
const NOISE_MS = 30;

/** Requests take about 980 ms. Jobs of one seed have the same noise, request by request. */
function aggregated({
  slowdown = 1,
  users = [10],
  seed = "one",
  request = {},
  repeats = 1,
  change,
}: Omit<Asked, "id">) {
  const levels = users.flatMap((count, i) =>
    Array.from({ length: repeats }, (_, repeat) => {
      const level = syntheticLevel({
        id: `l0${i + 1}`,
        users: count,
        ttftMs: 200 * slowdown,
        gapMs: 20 * slowdown,
        outputTokens: 40,
        durationS: 60,
        repeat,
        t0UnixMs: CREATED_UNIX_MS + 5000 + 70_000 * (i + repeat),
      });
      const noisy = withRecords(level, (records) =>
        records.map((record) => ({
          ...record,
          firstMs:
            (record.firstMs ?? 0) + NOISE_MS * normalFrom(randomFrom(seedOf(count, repeat, record.index))),
        })),
      );
      return change?.(noisy) ?? noisy;
    }),
  );
  return aggregateAll({ ...syntheticJob(levels, { repeats, ...request }), seed });
}

function compared(a: Asked, b: Asked, more: Partial<Compared> = {}): Comparison {
  const said = spoken(a, b, more);
  if ("refused" in said) throw new Error(said.refused);
  return Comparison.parse(JSON.parse(JSON.stringify(said)));
}

function spoken(a: Asked, b: Asked, more: Partial<Compared> = {}): ReturnType<typeof compare> {
  const [first, second] = [job(a), job(b)];
  return compare({
    a: first.report,
    b: second.report,
    influences: { a: first.influences(), b: second.influences() },
    ...more,
  });
}

const figure = (comparison: Comparison, name: string): Comparison["gate"][number] => {
  const found = comparison.gate.find((one) => one.figure === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

describe("twins", () => {
  test("that answer alike are the same, and every figure says what it could have found", () => {
    const said = compared({ id: "a" }, { id: "b" });
    expect(said).toMatchObject({ verdict: "same", whyIndependent: null, next: null, differs: [] });
    expect(said.sentence).toBe("The same: all figures are within 3 % of the baseline's.");
    expect(said.gate.map(({ figure }) => figure)).toEqual([
      "outputTokensPerS",
      "ttftMs.p95",
      "tpotMs.p95",
      "ttftMs.p50",
      "tpotMs.mean",
    ]);
    for (const { pairing, smallest } of said.gate) {
      expect(pairing).toBe("twins");
      expect(smallest).toBeLessThanOrEqual(3);
    }
    expect(said.detail.map(({ figure }) => figure)).toContain("e2eMs.p99");
  });

  test("of which one takes 5 % longer are worse, with each figure and how much", () => {
    const said = compared({ id: "a" }, { id: "b", slowdown: 1.05 });
    expect(said.verdict).toBe("worse");
    expect(figure(said, "outputTokensPerS").change?.value).toBeCloseTo(-4.8, 0);
    expect(figure(said, "tpotMs.p95").change?.value).toBeCloseTo(5, 0);
    expect(said.sentence).toMatch(
      /^Worse: TPOT mean at 10 users rose by 5(\.\d+)? % \([\d.]+ to [\d.]+\), from 19\.9 to 20\.9 ms; TTFT p50/,
    );
  });

  test("of which one takes 5 % less time are better", () =>
    expect(compared({ id: "a", slowdown: 1.05 }, { id: "b" }).verdict).toBe("better"));

  test("that changed by less than the margin are the same, and worse by a smaller one", () => {
    expect(compared({ id: "a" }, { id: "b", slowdown: 1.02 }).verdict).toBe("same");
    expect(compared({ id: "a" }, { id: "b", slowdown: 1.02 }, { marginPercent: 0.5 }).verdict).toBe("worse");
  });

  test("that ran until they were precise are compared by the parts that both have", () => {
    const request = { precision: { percent: 3 } };
    const said = compared({ id: "a", request, repeats: 2 }, { id: "b", request });
    expect(said.gate.map(({ pairing }) => pairing)).not.toContain("independent");
    expect(said.verdict).toBe("same");
    const unlike = (level: KnownLevel): KnownLevel =>
      withRecords(level, (records) =>
        records.map((record) => ({
          ...record,
          firstMs: (record.firstMs ?? 0) + 2 * NOISE_MS * normalFrom(randomFrom(seedOf(record.index))),
        })),
      );
    const { next } = compared({ id: "a", request, repeats: 2 }, { id: "b", request, change: unlike });
    expect(next).toMatch(
      /or show that there is none, run each level of both jobs for [\d,]+ s, in one run without a precision\.$/,
    );
  });

  test("of which one fails every other request bring half as much, in the time that they all took", () => {
    const half = (level: KnownLevel): KnownLevel =>
      withRecords(level, (records) =>
        records.map((record) =>
          record.index % 2 === 0
            ? record
            : {
                ...failedRequest(record.sentMs, "http_5xx", 900),
                index: record.index,
                user: record.user,
              },
        ),
      );
    const { change } = figure(compared({ id: "a" }, { id: "b", change: half }), "outputTokensPerS");
    expect(change?.value).toBeCloseTo(-50, 0);
  });

  test("of which chance holds every fifth request up show by their medians what the others changed by", () => {
    const heldUp =
      (noise: string) =>
      (level: KnownLevel): KnownLevel =>
        withRecords(level, (records) =>
          records.map((record) => {
            const random = randomFrom(seedOf(noise, record.index));
            return random() < 0.2 ? { ...record, firstMs: (record.firstMs ?? 0) + 3000 * random() } : record;
          }),
        );
    const said = compared({ id: "a", change: heldUp("a") }, { id: "b", slowdown: 1.05, change: heldUp("b") });
    const mean = said.detail.find((one) => one.figure === "ttftMs.mean")?.change;
    expect(mean?.low).toBeLessThan(0);
    expect(figure(said, "ttftMs.p50")).toMatchObject({
      verdict: "worse",
      change: { value: expect.closeTo(5, 0) },
    });
  });

  test("of which both had the same request cut are compared by the others", () => {
    const cut = (level: KnownLevel): KnownLevel =>
      withRecords(level, (records) =>
        records.map((record): RequestRecord =>
          record.index === 300
            ? { ...failedRequest(record.sentMs, "censored", 900), index: 300, user: record.user }
            : record,
        ),
      );
    const said = compared({ id: "a", change: cut }, { id: "b", change: cut });
    expect(said.verdict).toBe("same");
    expect(figure(said, "ttftMs.p50")).toMatchObject({
      pairing: "twins",
      verdict: "same",
      change: { value: 0, low: expect.any(Number), high: expect.any(Number) },
    });
  });

  test("that have several loads name the one that changed", () => {
    const only50 = (level: KnownLevel): KnownLevel =>
      level.plan.id === "l02"
        ? withRecords(level, (records) =>
            records.map((record) => ({ ...record, firstMs: (record.firstMs ?? 0) + 40 })),
          )
        : level;
    const users = [10, 50];
    const said = compared({ id: "a", users }, { id: "b", users, change: only50 });
    expect(said.sentence).toMatch(/^Worse: TTFT p50 at 50 users rose/);
    expect(said.sentence).not.toContain("10 users");
  });
});

test("what merged chunks leave open of twins is in the interval, and nothing else of the noise comes back", () => {
  // Every first chunk may have come up to 10 ms before its time: 4 % of a TTFT of 250 ms.
  const merged = (level: KnownLevel): KnownLevel =>
    withRecords(level, (records) =>
      records.map((record) => ({ ...record, merged: [{ chunk: 0, chunks: 1, earlierUs: 10_000 }] })),
    );
  const { change, pairing, reasons, verdict } = figure(
    compared({ id: "a", change: merged }, { id: "b", change: merged }),
    "ttftMs.p95",
  );
  expect([pairing, verdict, reasons]).toEqual(["twins", "inconclusive", ["client_limited"]]);
  expect(change?.low).toBeCloseTo(-4, 0);
  expect(change?.high).toBeCloseTo(4.2, 0);
});

describe("jobs that are alike but no twins", () => {
  test("are compared by the intervals of their reports, which takes more load to find as much", () => {
    const [twins, independent] = [
      compared({ id: "a" }, { id: "b" }),
      compared({ id: "a" }, { id: "b", seed: "two" }),
    ];
    expect(independent.whyIndependent).toContain("different seeds");
    expect(figure(independent, "ttftMs.p95").pairing).toBe("independent");
    expect(figure(independent, "ttftMs.p95").smallest).toBeGreaterThan(
      figure(twins, "ttftMs.p95").smallest ?? Infinity,
    );
  });

  test("are told to run as twins where they show nothing", () => {
    const said = compared({ id: "a" }, { id: "b", seed: "two" }, { marginPercent: 0.1 });
    expect(said.verdict).toBe("inconclusive");
    expect(said.next).toContain('"baseline": "a"');
  });

  test("runs of the baseline that differ by themselves raise what can be found", () => {
    const unlike = (level: KnownLevel): KnownLevel =>
      withRecords(level, (records) =>
        records.map((record) => ({ ...record, firstMs: (record.firstMs ?? 0) + 20 * level.plan.repeat })),
      );
    const of = (change?: Asked["change"]): number | null =>
      figure(
        compared({ id: "a", repeats: 3, ...(change !== undefined && { change }) }, { id: "b", seed: "two" }),
        "ttftMs.p95",
      ).smallest;
    expect(of(unlike)).toBeGreaterThan(2 * (of() ?? Infinity));
  });
});

describe("what cannot be compared is refused in words", () => {
  test.each<[string, Asked, RegExp]>([
    ["the same job", { id: "a" }, /same job/],
    [
      "other lengths",
      { id: "b", request: { workload: { outputTokens: 50 } } },
      /lengths of answers \(40 tokens, and 50 tokens\)/,
    ],
    ["other loads", { id: "b", users: [20] }, /no load in common \(10 users; 20 users\)/],
    [
      "a rate",
      {
        id: "b",
        change: (level) => ({
          ...level,
          plan: { ...level.plan, load: { kind: "rate", ratePerS: 5, arrival: "constant", burstiness: null } },
        }),
      },
      /one report is of users, the other of requests\/s/i,
    ],
  ])("%s", (_, b, words) =>
    expect(
      spoken(
        { id: "a", request: { workload: { outputTokens: 40 } } },
        { request: { workload: { outputTokens: 40 } }, ...b },
      ),
    ).toEqual({ refused: expect.stringMatching(words) }),
  );
});

test("a figure whose interval is open finds no change on that side, and leaves the others alone", () => {
  const [first, second] = [job({ id: "a", repeats: 3 }), job({ id: "b", slowdown: 1.5, seed: "two" })];
  const [level] = first.report.levels;
  if (level === undefined) throw new Error("no level");
  const open: Figure = { ...level.ttftMs.p95, high: null, reasons: ["too_correlated"] };
  const a = { ...first.report, levels: [{ ...level, ttftMs: { ...level.ttftMs, p95: open } }] };
  const said = compare({ a, b: second.report, influences: { a: null, b: null } });
  if ("refused" in said) throw new Error(said.refused);
  expect(figure(said, "ttftMs.p95")).toMatchObject({
    verdict: "inconclusive",
    smallest: null,
    change: { low: null, high: expect.any(Number) },
  });
  expect(figure(said, "outputTokensPerS").verdict).toBe("worse");
});

test("a figure that one report doubts is not told apart, and says why", () => {
  const [first, second] = [job({ id: "a" }), job({ id: "b", slowdown: 1.3 })];
  const [level] = second.report.levels;
  if (level === undefined) throw new Error("no level");
  const doubted: Figure = { ...level.ttftMs.p95, validity: "invalid", reasons: ["client_limited"] };
  const b = { ...second.report, levels: [{ ...level, ttftMs: { ...level.ttftMs, p95: doubted } }] };
  const influences = { a: first.influences(), b: second.influences() };
  const said = compare({ a: first.report, b, influences });
  if ("refused" in said) throw new Error(said.refused);
  expect(figure(said, "ttftMs.p95")).toMatchObject({
    verdict: "inconclusive",
    change: null,
    reasons: ["client_limited"],
  });
});

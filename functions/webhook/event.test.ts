import { headlineLevel } from "@brimline/core/report/entry";
import { Event } from "@brimline/core/job/state/job";
import { spokenVerdict } from "@brimline/core/job/state/verdict";
import { type Figure, unknown } from "@brimline/core/figure";
import type { Level, Report } from "@brimline/core/report/schema";
import { describe, expect, test } from "vitest";
import { eventData } from "./event.ts";

const figure = (value: number): Figure => ({
  value,
  low: value * 0.9,
  high: value * 1.1,
  n: 400,
  nEff: 300,
  method: "order_statistic",
  validity: "valid",
  reasons: [],
});

/** The parts of a level and of a report that a webhook speaks of. */
const level = (
  id: string,
  role: Level["role"],
  tokensPerS: number,
  validity: Level["validity"] = "valid",
): Level =>
  ({
    id,
    role,
    validity,
    outputTokensPerS: figure(tokensPerS),
    ttftMs: { p95: figure(200 + tokensPerS) },
    tpotMs: { p95: unknown("too_few") },
  }) as unknown as Level;
const report = (levelId: string | null, levels: Level[]): Report =>
  ({
    verdict: { ...spokenVerdict("50 users inside the objective."), status: "met", levelId },
    levels,
  }) as unknown as Report;

const links = {
  self: "http://h/v1/jobs/x",
  events: "http://h/v1/jobs/x/events",
  cancel: "http://h/v1/jobs/x/cancel",
  report: null,
  page: null,
  comparison: null,
};
const LEVELS = [
  level("warmup", "warmup", 9000),
  level("l01", "measured", 100),
  level("l02", "measured", 700),
  level("l03", "measured", 600),
];

describe("what a webhook says", () => {
  test("is the verdict and the headline figures of the level that it names", () => {
    const data = eventData({
      state: "completed",
      problem: null,
      level: null,
      comparison: null,
      report: report("l01", LEVELS),
      links,
    });
    expect(data.verdict).toEqual(report("l01", LEVELS).verdict);
    expect(data.headline).toEqual({
      outputTokensPerS: figure(100),
      ttftP95Ms: figure(300),
      tpotP95Ms: unknown("too_few"),
    });
  });

  test("is the measured level of highest throughput when the verdict names none", () => {
    expect(
      eventData({
        state: "completed",
        problem: null,
        level: null,
        comparison: null,
        report: report(null, LEVELS),
        links,
      }).headline["outputTokensPerS"]?.value,
    ).toBe(700);
  });

  test("is never an invalid level while there is a better one, as on the page and in the index", () => {
    const levels = [level("l01", "measured", 100), level("l02", "measured", 900, "invalid")];
    const told = report(null, levels);
    const { headline } = eventData({
      state: "completed",
      problem: null,
      level: null,
      comparison: null,
      report: told,
      links,
    });
    expect(headlineLevel(told)?.id).toBe("l01");
    expect(headline["outputTokensPerS"]?.value).toBe(100);
  });

  test("is the problem of a rejected job, which has no report", () => {
    const problem = {
      code: "unauthorized",
      title: "The endpoint refused the key",
      detail: "It answered 401.",
    } as const;
    const data = eventData({
      state: "rejected",
      problem,
      level: null,
      comparison: null,
      report: null,
      links,
    });
    expect(data).toMatchObject({
      verdict: {
        status: "failed",
        cause: "unauthorized",
        sentence: "The endpoint refused the key: It answered 401.",
        levelId: null,
      },
      headline: {},
    });
  });

  test("fits the public schema and stays below 20 kB whatever the sentence", () => {
    const problem = { code: "internal", title: "t", detail: "\ud83d\ude00".repeat(50_000) } as const;
    const data = {
      jobId: "a1b2c3d4e5f6g7h8i9j0",
      ...eventData({
        state: "failed",
        problem,
        level: null,
        comparison: null,
        report: report(null, LEVELS),
        links,
      }),
    };
    const rejected = {
      jobId: "a1b2c3d4e5f6g7h8i9j0",
      ...eventData({ state: "rejected", problem, level: null, comparison: null, report: null, links }),
    };
    for (const each of [data, rejected]) {
      const body = JSON.stringify(
        Event.parse({ type: "job.failed", timestamp: "2026-03-01T12:00:00.000Z", data: each }),
      );
      expect(Buffer.byteLength(body)).toBeLessThan(20_000);
    }
  });
});

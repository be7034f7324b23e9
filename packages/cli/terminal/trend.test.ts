import { trendFixture } from "@brimline/testkit/site/trended";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { sparkline, trendText } from "./trend.ts";

describe("a trend on a terminal", () => {
  test("has a line for each figure with what its jobs differ by, and each step in words", () => {
    const text = trendText(trendFixture(), 100);
    expect(text).toMatch(/^TREND nightly: .*, 40 jobs since 2026-10-20 03:00 UTC$/m);
    expect(text).toMatch(/^ {2}10 users +TTFT p95, ms +[▁-█]{36} +[\d.]+ +0\.\d+ % +\+8\.\d+ % worse$/m);
    expect(text).toMatch(/^ {2}10 users +TPOT p95, ms .* none$/m);
    expect(text.replaceAll(/\s+/g, " ")).toMatch(
      /Since main \w+ \(job0+27, 2026-11-16 03:00 UTC\): worse: TTFT p95 at \d+ users rose by [\d.]+ % \([\d.]+ to [\d.]+\), from [\d.]+ to [\d.]+ ms; by chance in at most 1 of [\d,]+\./,
    );
  });

  test.each([60, 80, 100])("says it in lines of %d columns", (columns) => {
    const [head, ...lines] = trendText(trendFixture({ jobs: 30 }), columns).split("\n");
    expect(head).toContain("TREND");
    expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(columns);
  });

  test("of few jobs says from when on steps are looked for", () =>
    expect(trendText(trendFixture({ jobs: 2, step: null }), 100)).toContain(
      "There are 2 jobs of a kind so far: from six on, steps are looked for.",
    ));
});

test("a sparkline goes from the least to the most, joins what has no room, and shows gaps", () => {
  expect(sparkline([1, 2, 3, 4, 5, 6, 7, 8], 8)).toBe("▁▂▃▄▅▆▇█");
  expect(sparkline([1, 1, 8, 8], 2)).toBe("▁█");
  expect(sparkline([1, null, 8], 9)).toBe("▁·█");
  expect(sparkline([5, 5], 9)).toBe("▅▅");
  expect(sparkline([], 9)).toBe("");
});

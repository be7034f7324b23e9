import { spokenVerdict, type Verdict } from "@brimline/core/job/state/verdict";
import { describe, expect, test } from "vitest";
import { comparisonLine, exitCodeOf } from "./exit-code.ts";

const ended = (status: Verdict["status"], state: "completed" | "partial" = "completed") => ({
  state,
  verdict: { ...spokenVerdict(""), status },
});

describe("what a command that saw a job end exits with", () => {
  test.each([
    ["met", 0, 0],
    ["missed", 0, 1],
    ["unknown", 0, 3],
    ["failed", 1, 1],
  ] as const)("where the verdict is %s", (status, plain, asserted) =>
    expect([
      exitCodeOf(ended(status), { assertsSlo: false }),
      exitCodeOf(ended(status), { assertsSlo: true }),
    ]).toEqual([plain, asserted]),
  );
  test("where the job did not complete", () =>
    expect(exitCodeOf(ended("met", "partial"), { assertsSlo: false })).toBe(1));
});

test("a job that was compared says in a line what it is beside its baseline", () => {
  const comparison = { baseline: "abc", verdict: "worse", sentence: "Worse: x.", next: null } as const;
  expect(comparisonLine({ comparison })).toBe("worse than its baseline abc. Worse: x.");
  expect(comparisonLine({ comparison: null })).toBeNull();
});

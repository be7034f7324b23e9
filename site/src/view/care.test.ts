import type { Reason } from "@brimline/core/codes";
import { expect, test } from "vitest";
import { fixtureReport } from "@brimline/testkit/site/report";
import { careLines, foldedText, thingsToKnow } from "./care.ts";

const levelsWith = (...reasons: Reason[]) =>
  fixtureReport({
    id: "care",
    users: [10, 50],
    levels: (levels) => levels.map((level) => ({ ...level, validity: "indicative", reasons })),
  });

test("a reason of several levels is told once, with their names", () =>
  expect(careLines({ ...levelsWith("too_short"), findings: [] })).toContain(
    "The level was shorter than three request latencies (10 users, 50 users).",
  ));

test("a reason that a warning tells is not told again", () => {
  const sentence = "The client may add more than 5 % at 10 users, 50 users.";
  const report = {
    ...levelsWith("client_limited", "late_start"),
    reasons: ["client_limited" as const],
    findings: [],
  };
  const warned = {
    ...report,
    findings: [{ code: "client_limited" as const, severity: "warn" as const, sentence, refs: [] }],
  };
  expect(careLines(warned)).toEqual([
    sentence,
    "A part of the load generator started late (10 users, 50 users).",
  ]);
  expect(careLines(report)).toHaveLength(2);
});

test("a reason of many levels is told once, with the loads between which they lie", () => {
  const users = [1, 2, 4, 8, 16];
  const report = fixtureReport({
    id: "care",
    users,
    levels: (levels) => levels.map((level) => ({ ...level, reasons: ["late_start"] })),
  });
  expect(careLines({ ...report, findings: [] })).toContain(
    "A part of the load generator started late (5 levels from 1 to 16 users).",
  );
});

const finding = (severity: "warn" | "info", code: string) => ({ code, severity, sentence: code, refs: [] });

test.each<[string, ReturnType<typeof finding>[], string[], string | null]>([
  ["nothing", [], [], null],
  [
    "two warnings leave room for what was found",
    [finding("warn", "w1"), finding("warn", "w2"), finding("warn", "w3"), finding("info", "best_mfu")],
    ["w1", "w2", "best_mfu"],
    "1 more caveat",
  ],
  [
    "warnings alone take all three places",
    [finding("warn", "w1"), finding("warn", "w2"), finding("warn", "w3"), finding("warn", "w4")],
    ["w1", "w2", "w3"],
    "1 more caveat",
  ],
  [
    "what tells more comes first, and what the head says is folded",
    [
      finding("info", "test_next"),
      finding("info", "other"),
      finding("info", "best_mfu"),
      finding("info", "saturation_seen"),
    ],
    ["saturation_seen", "best_mfu", "other"],
    "1 more finding",
  ],
])("three things to know: %s", (_, findings, first, folded) => {
  const know = thingsToKnow({ ...fixtureReport({ id: "know", users: [8] }), findings, reasons: [] });
  expect(know.first.map(({ text }) => text)).toEqual(first);
  expect(foldedText(know.caveats.length, know.findings.length)).toBe(folded);
});

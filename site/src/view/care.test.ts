import type { Reason } from "@brimline/core/codes";
import { expect, test } from "vitest";
import { fixtureReport } from "@brimline/testkit/site/report";
import { careLines } from "./care.ts";

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

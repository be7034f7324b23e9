import { fixtureReport } from "@brimline/testkit/site/report";
import { statusOf } from "@brimline/core/report/entry";
import type { Report } from "@brimline/core/report/schema";
import { expect, test } from "vitest";
import { chips, givenName, objective, verdictPill } from "./identity.ts";

const pillOf = (of: Report) => verdictPill(statusOf(of));
type Objectives = Report["levels"][number]["objectives"];

const bound = (latency: "ttftMs" | "tpotMs", boundMs: number, met: boolean | null): Objectives[number] => ({
  latency,
  boundMs,
  met,
  reasons: met === null ? ["too_few"] : [],
  nEff: 20,
  nEffNeeded: 59,
});

const report = (objectives: Objectives, sloMet: boolean | null): Report =>
  fixtureReport({
    id: "objective",
    users: [8],
    hasSlo: true,
    levels: (levels) => levels.map((level) => ({ ...level, objectives, sloMet })),
  });

test.each<[string, Objectives, boolean | null, string[]]>([
  [
    "each bound has its own outcome",
    [bound("ttftMs", 500, false), bound("tpotMs", 50, true)],
    false,
    ["TTFT P95 ≤ 500 ms: missed", "TPOT P95 ≤ 50 ms: met"],
  ],
  [
    "one that is not judged says why",
    [bound("ttftMs", 500, null), bound("tpotMs", 50, true)],
    null,
    ["TTFT P95 ≤ 500 ms: unknown, too few requests for this figure", "TPOT P95 ≤ 50 ms: met"],
  ],
  [
    "a report of before knows the whole alone",
    [],
    false,
    ["TTFT P95 ≤ 500 ms: missed", "TPOT P95 ≤ 50 ms: missed"],
  ],
])("%s", (_, objectives, sloMet, rows) =>
  expect(
    objective(report(objectives, sloMet))?.rows.map(
      ({ text, outcome, why }) =>
        `${text.replaceAll(/\s/g, " ")}: ${outcome}${why === null ? "" : `, ${why}`}`,
    ),
  ).toEqual(rows),
);

test("a server goes by the name that its own metrics give it, and else by that of its answers", () => {
  const one = fixtureReport({ id: "server", users: [8] });
  const named = (engine: string | null): string | undefined =>
    chips({
      ...one,
      endpoint: { ...one.endpoint, server: "uvicorn", metrics: { engine, failure: null } },
    })[0];
  expect([named("vLLM"), named(null)]).toEqual(["vLLM", "uvicorn"]);
});

test("the objective is shown of the level that the verdict speaks of", () => {
  const two = fixtureReport({ id: "objective", users: [8, 400], hasSlo: true });
  const missed = two.levels.at(-1);
  if (missed === undefined) throw new Error("no level");
  const level = { id: missed.id, load: missed.load };
  expect(objective({ ...two, verdict: { ...two.verdict, status: "missed", level } })).toMatchObject({
    level: "400 users",
    rows: [{ outcome: "missed" }, { outcome: "met" }],
  });
});

test("a job without an objective has no status, unless it failed", () => {
  const plain = fixtureReport({ id: "plain", users: [8] });
  expect(pillOf(plain)).toBeNull();
  expect(pillOf({ ...plain, verdict: { ...plain.verdict, status: "failed" } })).toEqual({
    text: "requests failed",
    tone: "bad",
  });
  expect(pillOf(report([], true))?.text).toBe("objective met");
});

test("a report is called by the name that it was given, and otherwise by its model", () => {
  const { endpoint } = report([], null);
  const named = (name: string): string | null => givenName({ name, endpoint });
  expect(named("Nightly on main")).toBe("Nightly on main");
  expect([named(endpoint.model), named(`${endpoint.model} on 10.0.0.1:8000`)]).toEqual([null, null]);
});

import { fleetFor } from "@brimline/core/report/fleet";
import { fixtures } from "@brimline/testkit/site/reports";
import { expect, test } from "vitest";
import { run } from "./commands/plan.ts";
import { printFleet } from "./terminal/fleet.ts";
import type { PlanFlags } from "./arguments/report.ts";

const users = { load: 2000, unit: "users" } as const;
const { sweep, single } = fixtures;

function printed(report: typeof sweep): string {
  const fleet = fleetFor(report, users);
  if (fleet === null) throw new Error("no fleet");
  return printFleet(fleet, report, users, 80);
}

test("a plan says what serves the load, what it costs, and what that rests on", () => {
  const capacity = { ...sweep.verdict.capacity, value: 128, low: 128, high: 144 };
  const text = printed({ ...sweep, verdict: { ...sweep.verdict, capacity } });
  expect(text).toMatch(
    /^2,000 users, by the report of Sweep to 512\n\n {2}Replicas {5}16 \(95 %: 14 to 16\)\n/,
  );
  expect(text).toContain("GPUs         16 (95 %: 14 to 16) (each replica NVIDIA A40)");
  expect(text).toContain("$ a month    4,555 (95 %: 3,986 to 4,555) at $0.39 an hour of a replica");
  expect(text).toMatch(/Each replica takes 128 users \(95 %: 128 to 144\)/);
  for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
});

test("what is not known is said, with the flag that gives it", () => {
  const text = printed(single);
  expect(text).toContain("$ a month    not known: no price per GPU hour was given");
  expect(text).toContain("kWh a month  not known: no agent sent GPU samples");
  expect(text).toMatch(/GPUs, power and\s+energy run the job again with brimline agent/);
  expect(text).toMatch(/fewer replicas\s+may do/);
  expect(text).toMatch(/give --price, or\s+--prices/);
});

test.each<[string, string, Partial<PlanFlags>, RegExp]>([
  ["no load", "report.json", {}, /^plan needs the load to serve: --users 500, or --rate 20$/],
  ["a file that is not there", "./nowhere.json", { users: 5 }, /cannot read .\/nowhere.json \(ENOENT\)/],
  ["another JSON", "./package.json", { users: 5 }, /package.json is no report.json of Brimline/],
])("%s is refused with what to do", async (_, from, flags, words) => {
  await expect(run(from, { data: "", keyEnv: "BRIMLINE_KEY", ...flags })).rejects.toThrow(words);
});

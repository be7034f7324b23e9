import { expect, test } from "vitest";
import { steadySystems } from "../intervals/systems.ts";
import { saidOf } from "./trend.ts";

test("a trend of twins shows a step of 4 %, and none where there is none", () => {
  const system = steadySystems().find(({ name }) => name === "open, 30 % busy");
  if (system === undefined) throw new Error("no system");
  expect(saidOf(system, "one seed", { pool: 40, trends: 1 })).toMatchObject({
    falsePercent: 0,
    foundPercent: 100,
    foundAtOncePercent: 100,
  });
});

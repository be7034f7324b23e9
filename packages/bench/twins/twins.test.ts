import { expect, test } from "vitest";
import { steadySystems } from "../intervals/systems.ts";
import { compared, runOf } from "./pair.ts";

test("two levels of one seed are twins, and one whose endpoint takes 5 % longer is worse", () => {
  const [system, slow] = [1, 1.05].map((slowdown) =>
    steadySystems(slowdown).find(({ name }) => name.startsWith("closed, 24")),
  );
  if (system === undefined || slow === undefined) throw new Error("no system");
  const first = runOf(system, 60, { seed: "one", noise: "a" });
  const twin = compared(first, runOf(slow, 60, { seed: "one", noise: "b" }));
  expect(twin).toMatchObject({ verdict: "worse", whyIndependent: null });
  const other = compared(first, runOf(system, 60, { seed: "two", noise: "b" }));
  expect(other.whyIndependent).toContain("different seeds");
  const smallest = ({ gate }: typeof twin): number => gate[0]?.smallest ?? Infinity;
  const same = compared(first, runOf(system, 60, { seed: "one", noise: "b" }));
  expect(smallest(other)).toBeGreaterThan(5 * smallest(same));
});

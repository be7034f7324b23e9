import { CREATED_UNIX_MS, type KnownLevel, syntheticJob, syntheticLevel } from "@brimline/testkit/synthetic";
import { expect, test } from "vitest";
import type { JobRequest } from "../../job/spec/spec.ts";
import { aggregate } from "../aggregate.ts";
import { byLoad } from "./by-load.ts";

const level = (users: number): KnownLevel =>
  syntheticLevel({
    id: `l${users}`,
    users,
    ttftMs: 200,
    gapMs: 20,
    outputTokens: 10,
    durationS: 10,
    t0UnixMs: CREATED_UNIX_MS,
  });
const reportOf = (levels: JobRequest["levels"]) =>
  aggregate(syntheticJob([level(2), level(8), level(4)], { levels }));
const idsOf = ({ levels }: { levels: { id: string }[] }): string[] => levels.map(({ id }) => id);

test("a search keeps the order in which it ran its levels, and shows them by their load", () => {
  const report = reportOf({ search: {} });
  const shown = byLoad(report);
  expect(idsOf(report)).toEqual(["l2", "l8", "l4"]);
  expect(idsOf(shown)).toEqual(["l2", "l4", "l8"]);
  expect(shown.versusFirst?.rows.map(({ levelId }) => levelId)).toEqual(["l4", "l8"]);
});

test("levels that the job names are shown as it names them", () =>
  expect(idsOf(byLoad(reportOf([2, 8, 4])))).toEqual(["l2", "l8", "l4"]));

import { fixtures } from "@brimline/testkit/site/reports";
import { expect, test } from "vitest";
import type { Reason } from "../../codes.ts";
import type { Report } from "../schema.ts";
import { trustText } from "./trust.ts";

const { sweep, three, cancelled } = fixtures;
/** The report with these changes of the level of its verdict. */
const changed = (changes: Partial<Report["levels"][number]>): Report => ({
  ...sweep,
  levels: sweep.levels.map((level) =>
    level.id === sweep.verdict.levelId ? { ...level, ...changes } : level,
  ),
});

test("an answer is as valid as its level, and other levels may be worse", () =>
  expect(trustText(sweep)).toMatch(
    /^Valid\. Figures at 512 users are to be read with care: [^.]+\. [\d,]+ requests at 64 users, none failed\. At any load the load generator adds at most 0\.42 ms to a first token\.$/,
  ));

test("several loads at which figures are worth less are named, with what they have in common", () => {
  const above = (users: number, reasonsOf: (nth: number) => Reason[]): string =>
    trustText({
      ...sweep,
      levels: sweep.levels.map((level, nth) =>
        level.load.kind === "concurrency" && level.load.users > users
          ? { ...level, validity: "invalid", reasons: reasonsOf(nth) }
          : level,
      ),
      validity: "invalid",
    });
  expect(above(64, () => ["client_limited"])).toMatch(
    /^Valid\. Figures at 128 users, 256 users, 512 users are not to be used: the load generator may have read late, /,
  );
  expect(above(64, (nth) => [nth % 2 === 0 ? "client_limited" : "not_steady"])).toMatch(
    /^Valid\. Figures at 128 users, 256 users, 512 users are not to be used\. /,
  );
});

test("what is to be read with care says why, and failures are counted", () => {
  const { requests } = sweep.levels[1] ?? {};
  if (requests === undefined) throw new Error("no level");
  expect(
    trustText(
      changed({
        validity: "indicative",
        reasons: ["under_delivered"],
        requests: { ...requests, sent: 100, failed: 3 },
      }),
    ),
  ).toMatch(
    /^To be read with care: less load was in flight than was asked for\. 100 requests at 64 users, 3 failed\./,
  );
});

test("a simulation says so first", () => expect(trustText(three)).toMatch(/^Simulated: .* Valid\. /));

test("without a level the report's own reasons count", () =>
  expect(trustText(cancelled)).toMatch(/^Not to be used\./));

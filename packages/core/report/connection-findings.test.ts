import { CREATED_UNIX_MS, syntheticJob, syntheticLevel, withRecords } from "@brimline/testkit/synthetic";
import { expect, test } from "vitest";
import type { RequestRecord } from "../record/record.ts";
import { aggregate } from "./aggregate.ts";
import type { Report } from "./schema.ts";

/** The report of one level of 10 users with these changes to its records. */
function report(change: (record: RequestRecord, nth: number) => RequestRecord): Report {
  const level = syntheticLevel({
    id: "l01",
    users: 10,
    ttftMs: 200,
    gapMs: 20,
    outputTokens: 40,
    durationS: 60,
    t0UnixMs: CREATED_UNIX_MS + 20_000,
  });
  return aggregate(syntheticJob([withRecords(level, (records) => records.map(change))]));
}

const findingOf = ({ findings }: Report, code: string) =>
  findings.find((finding) => finding.code === code) ?? null;

test("requests that were sent again are counted and told of, with what to change", () => {
  const told = report((record, nth) => ({ ...record, resent: nth % 100 === 7 }));
  const { resent, sent } = told.levels[0]?.requests ?? {};
  expect(resent).toBe(7);
  expect(findingOf(told, "resent")).toEqual({
    code: "resent",
    severity: "warn",
    sentence: expect.stringMatching(
      new RegExp(`sent again on a new one: 7 of ${sent} at 10 users\\. .*--timeout-keep-alive`),
    ),
    refs: ["/levels/0/requests"],
  });
  expect(
    findingOf(
      report((record) => record),
      "resent",
    ),
  ).toBeNull();
});

import { CREATED_UNIX_MS, syntheticJob, syntheticLevel, withRecords } from "@brimline/testkit/synthetic";
import { expect, test } from "vitest";
import type { RequestRecord } from "../../record/record.ts";
import { aggregate } from "../aggregate.ts";
import type { Report } from "../schema.ts";

/** The report of one level of 10 users with these changes to its records. */
function report(change: (record: RequestRecord, nth: number) => RequestRecord, durationS = 60): Report {
  const level = syntheticLevel({
    id: "l01",
    users: 10,
    ttftMs: 200,
    gapMs: 20,
    outputTokens: 40,
    durationS,
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

test("connections that are held open are told of, with how long and what to look at", () => {
  const held = report((record) => ({ ...record, closeLagMs: 2000, closeCut: true }));
  const level = held.levels[0];
  expect(level?.requests.heldOpen).toBe(level?.requests.ok);
  expect(level?.closeLagMs.p50).toMatchObject({ value: 2000, validity: "indicative", reasons: ["censored"] });
  expect(findingOf(held, "held_open")).toMatchObject({
    severity: "warn",
    sentence: expect.stringMatching(
      /open after \[DONE\]: (\d+) of \1 answers at 10 users, by at least 2,?000 ms in the median\. .*Let the server end the answer/,
    ),
    refs: ["/levels/0/closeLagMs/p50", "/levels/0/requests/heldOpen"],
  });
  const late = report((record) => ({ ...record, closeLagMs: 120 }));
  expect(late.levels[0]?.closeLagMs.p50).toMatchObject({ value: 120, validity: "valid", reasons: [] });
  expect(findingOf(late, "held_open")?.sentence).toContain("by 120 ms in the median");
});

test("a body that ends within 50 ms, or one answer that does not, is nothing to tell of", () => {
  expect(
    findingOf(
      report((record) => ({ ...record, closeLagMs: 40 })),
      "held_open",
    ),
  ).toBeNull();
  const once = report((record, nth) => ({ ...record, closeLagMs: nth === 5 ? 900 : 0.2 }));
  expect(once.levels[0]?.requests.heldOpen).toBe(1);
  expect(findingOf(once, "held_open")).toBeNull();
  const few = report((record, nth) => ({ ...record, closeLagMs: nth === 5 ? 900 : 0.2 }), 3);
  expect(few.levels[0]?.requests.ok).toBeLessThan(100);
  expect(findingOf(few, "held_open")).toBeNull();
});

test("a level whose streams do not say that they are done has no close lag", () => {
  const told = report((record) => ({ ...record, closeLagMs: null }));
  expect(told.levels[0]?.closeLagMs.p50).toMatchObject({ value: null, reasons: ["not_applicable"] });
});

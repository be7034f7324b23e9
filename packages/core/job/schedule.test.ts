import { describe, expect, test } from "vitest";
import { decideDue, dueTimes, GRACE_MS, Timing } from "./schedule.ts";

const at = (text: string): number => Date.parse(text);
const shown = (times: number[]): string[] => times.map((time) => new Date(time).toISOString().slice(0, 16));
const NIGHTLY: Timing = { cron: "30 2 * * *", timeZone: "Europe/Berlin" };

describe("due times", () => {
  test.each<[string, Timing, string, string[]]>([
    ["by day", NIGHTLY, "2026-05-01T00:30Z", ["2026-05-02T00:30", "2026-05-03T00:30"]],
    [
      "in the night that leaves 2:30 out, once, after the gap",
      NIGHTLY,
      "2026-03-28T12:00Z",
      ["2026-03-29T01:00", "2026-03-30T00:30"],
    ],
    [
      "in the night that has 2:30 twice, once, at the first",
      NIGHTLY,
      "2026-10-24T12:00Z",
      ["2026-10-25T00:30", "2026-10-26T01:30"],
    ],
    [
      "each hour, also those of a night that has one more",
      { cron: "0 * * * *", timeZone: "Europe/Berlin" },
      "2026-10-24T23:30Z",
      ["2026-10-25T00:00", "2026-10-25T01:00", "2026-10-25T02:00"],
    ],
    [
      "on weekdays of another zone",
      { cron: "0 9 * * 1-5", timeZone: "America/New_York" },
      "2026-07-03T14:00Z",
      ["2026-07-06T13:00"],
    ],
    ["by name", { cron: "@monthly", timeZone: "UTC" }, "2026-02-01T00:00Z", ["2026-03-01T00:00"]],
  ])("%s", (_, timing, after, wanted) =>
    expect(shown(dueTimes(timing, at(after), wanted.length))).toEqual(wanted),
  );

  test.each<[string, object, string, RegExp]>([
    ["six fields", { cron: "0 0 2 * * *" }, "cron", /five fields/],
    ["a minute that is none", { cron: "61 * * * *" }, "cron", /five fields/],
    ["a date", { cron: "2020-01-01T00:00:00" }, "cron", /five fields/],
    ["a day that never comes", { cron: "0 0 30 2 *" }, "cron", /never comes/],
    ["a zone that is none", { cron: "@daily", timeZone: "Mars/Base" }, "timeZone", /Europe\/Berlin/],
  ])("of %s are refused", (_, timing, field, words) => {
    const [issue] = Timing.safeParse(timing).error?.issues ?? [];
    expect([issue?.path, issue?.message]).toEqual([[field], expect.stringMatching(words)]);
  });
});

describe("a schedule that is due", () => {
  const due = at("2026-05-01T00:30Z");
  const next = at("2026-05-02T00:30Z");

  test.each([
    ["runs at once", { nowUnixMs: due, isRunning: false }, { run: due, missed: [], next }],
    [
      "runs within its grace",
      { nowUnixMs: due + GRACE_MS, isRunning: false },
      { run: due, missed: [], next },
    ],
    [
      "is missed after it",
      { nowUnixMs: due + GRACE_MS + 1, isRunning: false },
      {
        run: null,
        missed: [{ at: "2026-05-01T00:30:00.000Z", why: expect.stringMatching(/^no service ran/) }],
        next,
      },
    ],
    [
      "is missed while the run before goes on",
      { nowUnixMs: due + 1, isRunning: true },
      { run: null, missed: [{ at: "2026-05-01T00:30:00.000Z", why: "the run before had not ended" }], next },
    ],
  ])("%s", (_, now, wanted) => expect(decideDue(NIGHTLY, { dueUnixMs: due, ...now })).toEqual(wanted));

  test("after days without a service says each that was missed, and runs the last one", () => {
    const decided = decideDue(NIGHTLY, {
      dueUnixMs: due,
      nowUnixMs: at("2026-05-04T00:31Z"),
      isRunning: false,
    });
    expect(decided.missed.map(({ at: time }) => time.slice(0, 10))).toEqual([
      "2026-05-01",
      "2026-05-02",
      "2026-05-03",
    ]);
    expect([decided.run, decided.next]).toEqual([at("2026-05-04T00:30Z"), at("2026-05-05T00:30Z")]);
  });

  test("after months of minutes remembers a few that were missed, and goes on from now", () => {
    const { missed, next: soon } = decideDue(
      { cron: "* * * * *", timeZone: "UTC" },
      { dueUnixMs: at("2026-01-01T00:00Z"), nowUnixMs: at("2026-06-01T00:00Z"), isRunning: false },
    );
    expect([missed.length, soon]).toEqual([20, at("2026-06-01T00:01Z")]);
  });
});

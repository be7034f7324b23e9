import { describe, expect, test } from "vitest";
import { tableOfRecords } from "../record/columns/table-reader.ts";
import { answeredRequest } from "@brimline/testkit/synthetic";
import { cachedInputPercent, contamination, templateCachedPercent } from "./contamination.ts";

/** A request of 100 prompt tokens that was sent at `sentMs` and answered within 90 ms. */
const asked = (cached: number | null, sentMs = 0) => {
  const record = answeredRequest({ sentMs, ttftMs: 50, gapMs: 10, outputTokens: 5, inputTokens: 100 });
  return { ...record, tokens: { ...record.tokens, cached } };
};

describe("the cached share of prompt tokens", () => {
  test.each([
    ["is of all tokens, not of requests", [asked(0), asked(50)], 25],
    [
      "counts requests that do not speak of the cache as uncached where others do",
      [asked(null), asked(50)],
      25,
    ],
    ["is unknown if no request speaks of the cache", [asked(null), asked(null)], null],
    ["is unknown without requests", [], null],
    ["leaves out requests that failed", [asked(10), { ...asked(90), outcome: "idle_timeout" as const }], 10],
  ])("%s", (_fact, records, percent) => expect(cachedInputPercent(tableOfRecords(records))).toBe(percent));
});

describe("the share that a template alone takes", () => {
  test("counts from the moment that the first answer has filled the cache", () =>
    expect(
      templateCachedPercent(tableOfRecords([asked(0), asked(0, 10), asked(16, 100), asked(16, 150)])),
    ).toBe(16));
  test("is that of all requests if they were sent together", () =>
    expect(templateCachedPercent(tableOfRecords([asked(0), asked(16, 10)]))).toBe(8));
  test("is unknown if the endpoint does not speak of its cache", () =>
    expect(templateCachedPercent(tableOfRecords([asked(null), asked(null, 100)]))).toBeNull());
});

describe("unwanted cached prompt tokens", () => {
  test.each([
    ["5 points above the template leave a level valid", 21, 16, "valid"],
    ["more than 5 points make it indicative", 21.1, 16, "indicative"],
    ["20 points still make it indicative", 36, 16, "indicative"],
    ["more than 20 points make it invalid", 36.1, 16, "invalid"],
    ["all count if no unique prompt showed the template's share", 21, null, "invalid"],
    ["an unknown share leaves it valid", null, 16, "valid"],
  ] as const)("%s", (_fact, percent, template, validity) =>
    expect(contamination(percent, template)).toBe(validity),
  );
});

import { type Figure, unknown } from "@brimline/core/figure";
import { flagged } from "@brimline/core/metric/derive";
import { known } from "@brimline/testkit/site/figure";
import { fixtureReport } from "@brimline/testkit/site/report";
import { expect, test } from "vitest";
import { objective } from "./identity.ts";

/** What the page says of TTFT p95 ≤ 500 ms, and of TPOT p95 ≤ 50 ms unless it is the only bound. */
function outcomes(sloMet: boolean | null, ttft: Figure, tpot: Figure | null): (string | undefined)[] {
  const report = fixtureReport({
    id: "objective",
    users: [8],
    hasSlo: true,
    levels: (levels) =>
      levels.map((level) => ({
        ...level,
        sloMet,
        ttftMs: { ...level.ttftMs, p95: ttft },
        tpotMs: { ...level.tpotMs, p95: tpot ?? level.tpotMs.p95 },
      })),
  });
  const slo = report.slo === null || tpot !== null ? report.slo : { ...report.slo, tpotMs: null };
  return objective({ ...report, slo })?.rows.map(({ outcome }) => outcome) ?? [];
}

const open = (value: number, low: number, high: number): Figure => ({
  ...flagged(known(value), "client_limited"),
  low,
  high,
});
const doubted = (value: number): Figure => ({
  ...flagged(known(value), "client_limited"),
  validity: "invalid",
});

test.each<[string, boolean | null, Figure, Figure | null, string[]]>([
  ["a bound alone is met if the report says so", true, known(400), null, ["met"]],
  [
    "a bound alone is missed where failed requests missed it, whatever the others took",
    false,
    known(400),
    null,
    ["missed"],
  ],
  ["a bound alone is unknown if the report cannot tell", null, known(400), null, ["unknown"]],
  ["of two bounds the one that is exceeded is missed", false, known(600), known(20), ["missed", "met"]],
  ["of two bounds one without a value is unknown", null, unknown("too_few"), known(20), ["unknown", "met"]],
  ["a value that must not be used tells nothing", null, doubted(400), known(20), ["unknown", "met"]],
  [
    "a bound within what merged chunks leave open is unknown",
    null,
    open(550, 450, 560),
    known(20),
    ["unknown", "met"],
  ],
  ["a bound beyond that is met", null, open(450, 400, 460), known(60), ["met", "missed"]],
  ["all bounds of an objective that is met are met", true, open(490, 450, 510), known(20), ["met", "met"]],
])("%s", (_, sloMet, ttft, tpot, expected) => expect(outcomes(sloMet, ttft, tpot)).toEqual(expected));

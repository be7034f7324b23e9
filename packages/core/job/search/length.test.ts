import { describe, expect, test } from "vitest";
import { concurrencyLoad } from "../../load/concurrency.ts";
import { rateLoad } from "../../load/rate.ts";
import { type Demand, demandOf } from "../../load.ts";
import { latencySummary } from "../../record/latencies.ts";
import type { SearchedLevel, SearchStep } from "./rules.ts";
import { steadyLength } from "./length.ts";
import { JobSpec } from "../spec/spec.ts";

const UNKNOWN = latencySummary([]);
const SPEC = JobSpec.parse({
  endpoint: { url: "http://h/v1", model: "m" },
  levels: { search: {} },
  slo: { ttftMs: 500 },
});
const load = concurrencyLoad(8);

/** A level of 8 users whose steady part showed so many requests, each of them worth so much. */
function level({ good, total, worth = 1 }: { good: number; total: number; worth?: number }): SearchedLevel {
  const judged = { good, open: 0, total };
  return {
    plan: {
      id: "l01",
      role: "measured",
      load,
      stop: { durationS: 20, requests: null },
      rampS: 1,
      repeat: 0,
    },
    counters: {
      ok: total,
      failed: 0,
      medianE2eMs: 4000,
      inFlight: 8,
      outputTokensPerS: 100,
      ttftMs: { ...UNKNOWN, judged },
      tpotMs: UNKNOWN,
      e2eMs: UNKNOWN,
      isSaturated: false,
      steady: {
        windowS: 20,
        due: total,
        done: total,
        ttftMs: { ...judged, worth: worth * total },
        tpotMs: null,
        e2eMs: null,
      },
    },
  };
}

function length(
  act: SearchStep["act"],
  { e2eS, same = [], demand = demandOf(load) }: { e2eS: number; same?: SearchedLevel[]; demand?: Demand },
) {
  return steadyLength(SPEC, { value: demand.value, act }, { demand, e2eS, same }).steadyS;
}

describe("a level of a search", () => {
  test.each([
    ["is short on the way: five latencies", length("raise", { e2eS: 4 }), 20],
    ["has six where it closes in", length("close_in", { e2eS: 4 }), 24],
    ["has ten requests at least", length("raise", { e2eS: 1, demand: demandOf(concurrencyLoad(1)) }), 10],
    ["lasts three seconds at least", length("raise", { e2eS: 0.1 }), 3],
    ["ends after a minute", length("raise", { e2eS: 30 }), 60],
    ["proves in parts of six latencies", length("prove", { e2eS: 4 }), 24],
    [
      "and of four fifths of the fewest requests that can",
      length("prove", { e2eS: 1, demand: demandOf(concurrencyLoad(2)) }),
      23.6,
    ],
    ["proves for four seconds at least", length("prove", { e2eS: 0.1 }), 4],
    ["has twice the fewest requests that tell, 118, where it is named", length("include", { e2eS: 4 }), 59],
    ["lasts eight seconds at least where it is named", length("include", { e2eS: 0.1 }), 8],
    ["lasts two minutes at most where it is named", length("include", { e2eS: 10 }), 120],
  ])("%s", (_, seconds, expected) => expect(seconds).toBeCloseTo(expected, 9));
});

describe("a proof of a load that ran before", () => {
  test("lasts as long as the requests that are missing take, and somewhat longer", () => {
    // All 41 were good in 20 s, and 59 ÷ 0.95 are wanted: 21.1 more take 10.3 s. One latency is not steady.
    const same = [level({ good: 41, total: 41 })];
    expect(length("prove", { e2eS: 3, same })).toBeCloseTo(3 + (1.3 * 20 * (59 / 0.95 - 41)) / 41, 9);
  });
  test("lasts longer where requests lean on one another", () =>
    expect(length("prove", { e2eS: 3, same: [level({ good: 41, total: 41, worth: 0.9 })] })).toBeGreaterThan(
      1.05 * length("prove", { e2eS: 3, same: [level({ good: 41, total: 41 })] }),
    ));
  test("is no shorter than a short one, and no longer than a part", () => {
    expect(length("prove", { e2eS: 3, same: [level({ good: 500, total: 500 })] })).toBe(15);
    // One in twenty is beyond: no number of requests would tell.
    expect(length("prove", { e2eS: 3, same: [level({ good: 95, total: 100 })] })).toBe(18);
  });
  test("is a whole part where nothing steady was seen", () =>
    expect(length("prove", { e2eS: 3, same: [level({ good: 0, total: 0 })] })).toBe(18));
});

test("throughput and rates are looked at for longer", () => {
  const { slo: _, ...rest } = SPEC;
  const demand = demandOf(load);
  const step = { value: 8, act: "raise" } as const;
  expect(steadyLength(rest, step, { demand, e2eS: 0.1, same: [] })).toEqual({ steadyS: 8, leastS: 8 });
  const rate = demandOf(rateLoad({ rate: 8, arrival: "constant" }));
  expect(steadyLength(SPEC, step, { demand: rate, e2eS: 0.1, same: [] }).steadyS).toBe(8);
});

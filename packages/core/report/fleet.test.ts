import { fixtures } from "@brimline/testkit/site/reports";
import { describe, expect, test } from "vitest";
import type { Figure } from "../figure.ts";
import { type Fleet, fleetFor } from "./fleet.ts";
import type { Report } from "./schema.ts";

const figure = (value: number | null, low: number | null, high: number | null): Figure => ({
  value,
  low,
  high,
  n: 3,
  nEff: null,
  method: "none",
  validity: "valid",
  reasons: [],
});

/** A report whose capacity is known to this interval, on two GPUs. */
function report(capacity: Figure, changes: Partial<Report> = {}): Report {
  const { sweep } = fixtures;
  const [gpu] = sweep.gpus;
  if (gpu === undefined) throw new Error("no GPU");
  return {
    ...sweep,
    gpus: [gpu, { ...gpu, name: "NVIDIA L4" }],
    verdict: { ...sweep.verdict, capacity },
    ...changes,
  };
}
const users = (load: number) => ({ load, unit: "users" as const });
function planned(...args: Parameters<typeof fleetFor>): Fleet {
  const fleet = fleetFor(...args);
  if (fleet === null) throw new Error("no fleet");
  return fleet;
}

describe("500 users of an endpoint that takes 104 (98 to 112)", () => {
  const fleet = planned(report(figure(104, 98, 112)), users(500));
  test("need 5 replicas, or 6 if each takes 98", () =>
    expect(fleet.replicas).toMatchObject({ value: 5, low: 5, high: 6 }));
  test("of two GPUs at $0.39 an hour each", () => {
    expect(fleet.gpus).toMatchObject({ value: 10, low: 10, high: 12 });
    expect(fleet.usdPerMonth.value).toBeCloseTo(5 * 0.78 * 730, 6);
    expect(fleet.usdPerMonth.high).toBeCloseTo(6 * 0.78 * 730, 6);
  });
  test("which draw the power of the measured load all the time", () => {
    const { sweep } = fixtures;
    const level = sweep.levels.find(({ id }) => id === sweep.verdict.levelId);
    const powerW = level?.gpu?.powerW.value ?? 0;
    expect(fleet.powerW.value).toBeCloseTo(5 * powerW, 6);
    expect(fleet.kwhPerMonth.value).toBeCloseTo((5 * powerW * 730) / 1000, 6);
    expect(fleet.throughput.value).toBeCloseTo(((level?.outputTokensPerS.value ?? 0) * 500) / 104, 6);
  });
});

test("where no higher load was run fewer replicas may do", () =>
  expect(planned(report(figure(104, 104, null)), users(500)).replicas).toMatchObject({
    value: 5,
    low: null,
    high: 5,
  }));

describe("prices of one's own count before those of the report", () => {
  const usd = (prices: Parameters<typeof fleetFor>[2]): number | null =>
    planned(report(figure(100, 100, 100)), users(100), prices).usdPerHourPerReplica;
  test("one price is that of each GPU", () => expect(usd({ usdPerHour: 2 })).toBe(4));
  test("a list has one for each name", () =>
    expect(usd({ prices: { "NVIDIA A40": 1, "NVIDIA L4": 0.5 } })).toBe(1.5));
  test("and as soon as a name is missing there is none", () => {
    const fleet = planned(report(figure(100, 100, 100)), users(100), { prices: { "NVIDIA A40": 1 } });
    expect(fleet.usdPerMonth).toMatchObject({ value: null, reasons: ["no_price"] });
  });
  test("without a GPU the stated price is that of one", () =>
    expect(planned(report(figure(100, 100, 100), { gpus: [] }), users(100))).toMatchObject({
      usdPerHourPerReplica: 0.39,
      gpus: { value: null, reasons: ["no_telemetry"] },
    }));
});

test.each([
  ["without a capacity", report(figure(null, null, null)), users(500)],
  [
    "whose capacity is in users, for a rate",
    report(figure(104, 98, 112)),
    { load: 5, unit: "requestsPerS" as const },
  ],
])("a report %s plans nothing", (_, from, target) => expect(fleetFor(from, target)).toBeNull());

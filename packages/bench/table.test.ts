import { describe, expect, test } from "vitest";
import { lagQuantiles } from "./lag-quantiles.ts";
import type { Measured } from "./measured.ts";
import { medianOf, render, clientRows, type ClientRun } from "./table.ts";

const measured = (cpuUsPerEvent: number, more: Partial<Measured> = {}): Measured => ({
  client: "",
  streams: 1,
  events: 1000,
  eventsPerS: 500,
  cpuUsPerEvent,
  rssMb: 50,
  requests: 10,
  wrong: 0,
  lagMs: null,
  ttftErrorMs: null,
  gapErrorMs: null,
  ...more,
});
const runsOf = (client: string, kind: ClientRun["kind"], costs: number[]): ClientRun[] =>
  costs.map((cost, round) => ({ round, client, kind, measured: measured(cost) }));

describe("the rows of a table", () => {
  test("a ratio is of two runs of the same round; the row has the median of the ratios, not the ratio of the medians", () => {
    const runs = [...runsOf("floor", "floor", [1, 2, 10]), ...runsOf("ours", "ours", [3, 4, 10])];
    const [, ours] = clientRows(runs);
    expect(ours?.ratio).toEqual({ median: 2, low: 1, high: 3 });
    expect(ours?.cpuUsPerEvent).toBe(4);
  });

  test("a round whose floor failed has no ratio", () => {
    const runs = [...runsOf("floor", "floor", [1, 2]), ...runsOf("ours", "ours", [3, 4, 100])];
    expect(clientRows(runs)[1]?.ratio).toEqual({ median: 2.5, low: 2, high: 3 });
    expect(clientRows(runsOf("ours", "ours", [3]))[0]?.ratio).toBeNull();
  });

  test("all are held against the first of our drivers, by rounds", () => {
    const rows = clientRows([
      ...runsOf("floor", "floor", [1, 1]),
      ...runsOf("kernel", "ours", [2, 4]),
      ...runsOf("socket", "ours", [6, 20]),
      ...runsOf("peer", "peer", [20, 80]),
    ]);
    expect(rows.map(({ timesOurs }) => timesOurs)).toEqual([0.375, 1, 4, 15]);
    expect(clientRows(runsOf("peer", "peer", [20]))[0]?.timesOurs).toBeNull();
  });

  test("the floor against itself shows the noise", () => {
    const runs = [...runsOf("floor", "floor", [1, 2]), ...runsOf("floor, again", "again", [1.5, 2])];
    expect(clientRows(runs)[1]?.ratio).toEqual({ median: 1.25, low: 1, high: 1.5 });
  });

  test("lag is the median over the rounds that know it; requests that went wrong add up", () => {
    const lagMs = { p50: 1, p99: 2, p999: 3, max: 4 };
    const runs: ClientRun[] = [
      { round: 0, client: "a", kind: "ours", measured: measured(1, { lagMs, wrong: 1 }) },
      {
        round: 1,
        client: "a",
        kind: "ours",
        measured: measured(1, { lagMs: { ...lagMs, p99: 4 }, wrong: 2 }),
      },
      { round: 2, client: "a", kind: "ours", measured: measured(1) },
    ];
    expect(clientRows(runs)[0]).toMatchObject({
      runs: 3,
      lagMs: { p50: 1, p99: 3, p999: 3, max: 4 },
      wrong: 3,
    });
  });

  test("a printed row says – for what is not known", () => {
    const lines = render(clientRows(runsOf("ours", "ours", [12.34]))).split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[2]?.split("|").map((cell) => cell.trim())).toEqual([
      "",
      "ours",
      "1",
      "12.3",
      "–",
      "–",
      "1.00",
      "500",
      "–",
      "–",
      "–",
      "–",
      "–",
      "–",
      "–",
      "–",
      "50",
      "0",
      "",
    ]);
  });
});

describe("statistics", () => {
  test("the median of an even number is between the two in the middle", () => {
    expect(medianOf([4, 1, 3, 2])).toBe(2.5);
    expect(medianOf([3, 1, 2])).toBe(2);
  });

  test("percentiles are type 7, on values in any order", () => {
    const values = Float64Array.from({ length: 101 }, (_, index) => 100 - index);
    expect(lagQuantiles(values)).toEqual({ p50: 50, p99: 99, p999: 99.9, max: 100 });
    expect(lagQuantiles(Float64Array.of(7))).toEqual({ p50: 7, p99: 7, p999: 7, max: 7 });
    expect(lagQuantiles(new Float64Array())).toBeNull();
  });
});

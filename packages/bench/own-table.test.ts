import { expect, test } from "vitest";
import type { Measured } from "./measured.ts";
import { ownRows, renderOwn } from "./own-table.ts";
import type { ClientRun } from "./table.ts";

const spread = (p99: number | null) => ({ mean: null, p50: null, p99 });

const plain = { low: null, high: null, validities: [] };

const run = (round: number, client: string, said?: { ttft: number | null; was: number }): ClientRun => ({
  round,
  client,
  kind: "peer",
  measured: {
    ...({} as Measured),
    ...(said !== undefined && {
      own: {
        requests: 1,
        failed: 0,
        inputTokens: 1,
        outputTokens: 1,
        ttftMs: spread(said.ttft),
        tpotMs: spread(5),
        itlMs: spread(null),
        outputTokensPerS: null,
      },
      truth: { ttftMs: said.was, tpotMs: 4, itlMs: 6 },
    }),
  },
});

test("a row has the medians over the rounds, of what was said and of what was", () => {
  const rows = ownRows([
    run(0, "floor"),
    run(0, "peer", { ttft: 80, was: 50 }),
    run(1, "peer", { ttft: null, was: 51 }),
    run(2, "peer", { ttft: 90, was: 52 }),
  ]);
  expect(rows).toEqual([
    {
      client: "peer",
      runs: 3,
      ttftP99Ms: { ...plain, said: 85, was: 51 },
      tpotP99Ms: { ...plain, said: 5, was: 4 },
      itlP99Ms: { ...plain, said: null, was: 6 },
    },
  ]);
  expect(
    renderOwn(rows)
      .split("\n")[2]
      ?.split("|")
      .map((cell) => cell.trim()),
  ).toEqual(["", "peer", "3", "85.0", "51.0", "5.000", "4.000", "–", "6.000", ""]);
});

test("an interval is printed, and one without a value reads at least", () => {
  const said = { value: 51, low: 50, high: 53, validity: "indicative" } as const;
  const withheld = { value: null, low: 20, high: null, validity: "invalid" } as const;
  const one = run(0, "brimline", { ttft: 51, was: 52 });
  const measured = { ...one.measured, intervals: { ttftMs: said, tpotMs: said, itlMs: withheld } };
  const cells = renderOwn(ownRows([{ ...one, measured }])).split("\n")[2] ?? "";
  expect(cells).toContain("51.0 (50.0–53.0) indicative");
  expect(cells).toContain("≥ 20.0");
});

import { expect, test } from "vitest";
import { unknown } from "@brimline/core/figure";
import { flagged } from "@brimline/core/metric/statistics/derive";
import { known } from "@brimline/testkit/site/figure";
import { whole } from "../format/number.ts";
import { tableOf } from "./table.ts";

const rows = [
  known(1384, 0.02),
  unknown("no_telemetry"),
  { ...unknown("too_few"), low: 402 },
  unknown("no_telemetry"),
  flagged(known(20, 0.02), "client_limited"),
  { ...flagged(known(30, 0.02), "client_limited"), validity: "invalid" as const },
];
const table = tableOf(
  "Output",
  [
    {
      head: ["Output"],
      cell: (figure: (typeof rows)[number]) => ({ figure, format: whole, showInterval: true }),
    },
  ],
  rows,
);

test("a known figure is shown with half of its interval", () =>
  expect(table.rows[0]?.cells[0]).toEqual({ text: "1,384", detail: "±28", note: null }));

test("a missing figure is a dash whose note says why, never a zero", () => {
  expect(table.rows[1]?.cells[0]).toEqual({ text: "—", detail: null, note: "a" });
  expect(table.notes[0]).toEqual({ letter: "a", text: "no agent sent GPU samples" });
});

test("a figure of which only a lower bound is known shows that bound", () =>
  expect(table.rows[2]?.cells[0]).toEqual({ text: "≥ 402", detail: null, note: "b" }));

test("figures with the same reason share one note", () => {
  expect(table.rows[3]?.cells[0]?.note).toBe("a");
  expect(table.notes).toHaveLength(4);
});

test("a figure that the load generator may have bent has a note, and one that must not be used says so", () => {
  expect(table.rows.slice(4).map(({ cells: [cell] }) => [cell?.text, cell?.note])).toEqual([
    ["20", "c"],
    ["30", "d"],
  ]);
  expect(table.notes.slice(2).map(({ text }) => text)).toEqual([
    "the load generator may have read late, so times are known only to within a bound",
    "not to be used: the load generator may have read late, so times are known only to within a bound",
  ]);
});

import { unknown } from "../figure.ts";
import { known } from "@brimline/testkit/site/figure";
import { fixtureEntries } from "@brimline/testkit/site/entries";
import { describe, expect, test } from "vitest";
import type { IndexEntry } from "./entry.ts";
import { emptyShelf, PAGE_ROWS, ranked, shelveAll, shelvesOf, slug, withReport } from "./shelf.ts";

const [entry] = fixtureEntries(1) as [IndexEntry];

test.each([
  ["nightly", "nightly"],
  ["NVIDIA A40", /^nvidia-a40_[a-z0-9]+$/],
  ["nvidia a40", /^nvidia-a40_[a-z0-9]+$/],
  ["日本語", /^_[a-z0-9]+$/],
  ["a".repeat(200), /^a{60}_[a-z0-9]+$/],
])("the address of %s", (value, path) => expect(slug(value)).toMatch(path));

test("values that look alike in an address have different ones, and no value is the address of another", () => {
  expect(slug("NVIDIA A40")).not.toBe(slug("nvidia a40"));
  for (const value of ["NVIDIA A40", "日本語"]) expect(slug(slug(value))).not.toBe(slug(value));
});

test("a report stands on the shelf of all, and on those of what it has", () =>
  expect(
    shelvesOf({ ...entry, gpu: null, tags: ["b", "a", "b"], board: null }).map(({ kind, value }) => [
      kind,
      value,
    ]),
  ).toEqual([
    ["all", "All reports"],
    ["model", entry.model],
    ["tag", "b"],
    ["tag", "a"],
    ["month", "2026-11"],
  ]));

test("the newest page is never short once there are others, and full pages never change", () => {
  const [all] = shelveAll(fixtureEntries(5 * PAGE_ROWS + 7));
  expect(all?.newest).toMatchObject({ reports: 5 * PAGE_ROWS + 7, older: 4 });
  expect(all?.newest.rows).toHaveLength(PAGE_ROWS + 7);
  expect(all?.full.map(({ length }) => length)).toEqual([PAGE_ROWS, PAGE_ROWS, PAGE_ROWS, PAGE_ROWS]);
  const ids = [...(all?.newest.rows ?? []), ...(all?.full.toReversed().flat() ?? [])].map(({ id }) => id);
  expect(ids).toEqual(fixtureEntries(5 * PAGE_ROWS + 7).map(({ id }) => id));
});

test("a report that is put on a shelf again is there once", () => {
  const shelf = emptyShelf({ kind: "all", value: "", path: "all/" });
  const once = withReport(shelf, entry).newest;
  const twice = withReport(once, { ...entry, name: "renamed" }).newest;
  expect([twice.reports, twice.rows.map(({ name }) => name)]).toEqual([1, ["renamed"]]);
});

describe("a board", () => {
  const of = (id: string, value: number, more: Partial<IndexEntry> = {}): IndexEntry => ({
    ...entry,
    id,
    model: id,
    validity: "valid",
    hasCapacity: true,
    outputTokensPerS: known(value, 0.02),
    ...more,
  });
  const ranks = (...rows: IndexEntry[]) => ranked(rows).map((row) => [row.entry.id, row.rank]);

  test("shares a rank where intervals overlap, and goes on with the place", () =>
    expect(ranks(of("c", 900), of("a", 1000), of("b", 985), of("d", 890))).toEqual([
      ["a", 1],
      ["b", 1],
      ["c", 3],
      ["d", 3],
    ]));

  test.each<[string, Partial<IndexEntry>]>([
    ["is invalid", { validity: "invalid" }],
    ["has no capacity", { hasCapacity: false }],
    ["has no interval", { outputTokensPerS: { ...known(5000, 0.02), low: null, high: null } }],
    ["has no throughput", { outputTokensPerS: unknown("too_few") }],
  ])("gives no rank to a report that %s, however much it gives", (_, more) =>
    expect(ranks(of("bad", 5000, more), of("good", 1000))).toEqual([
      ["good", 1],
      ["bad", null],
    ]),
  );

  test("keeps the newest report of each contestant", () => {
    const board = shelveAll([
      of("old", 900, { model: "m", createdAt: "2026-11-01T00:00:00Z" }),
      of("new", 1000, { model: "m", createdAt: "2026-11-02T00:00:00Z" }),
      of("other", 950, { model: "n", createdAt: "2026-11-01T12:00:00Z" }),
    ]).find(({ newest }) => newest.shelf.kind === "board");
    expect(board?.newest.rows.map(({ id }) => id)).toEqual(["new", "other"]);
  });

  test("keeps it when an older report is published again", () => {
    const old = of("old", 900, { model: "m", createdAt: "2026-11-01T00:00:00Z" });
    const shelved = { ...emptyShelf({ kind: "board", value: "b", path: "board/b/" }), reports: 1 };
    const rows = [of("new", 1000, { model: "m", createdAt: "2026-11-02T00:00:00Z" })];
    expect(withReport({ ...shelved, rows }, old).newest).toEqual({ ...shelved, rows });
  });
});

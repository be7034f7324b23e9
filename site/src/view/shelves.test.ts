import { PAGE_ROWS, type ShelfLine, shelveAll } from "@brimline/core/report/shelf";
import { fixtureEntries } from "@brimline/testkit/site/entries";
import { expect, test } from "vitest";
import { shelfGroups, shownShelf } from "./shelves.ts";

const line = (kind: ShelfLine["kind"], value: string, reports: number): ShelfLine => ({
  kind,
  value,
  path: `${kind}/${value}/`,
  reports,
  newestAt: `2026-11-0${reports}`,
});

test("shelves are grouped by kind, the newest first, and nothing is ranked alone", () => {
  const groups = shelfGroups(
    [line("model", "b", 2), line("model", "a", 3), line("board", "x", 1), line("month", "2026-11", 4)],
    1,
  );
  expect(groups.map(({ title, links, more }) => [title, links.map(({ text }) => text), more])).toEqual([
    ["Models", ["a"], 1],
    ["Months", ["November 2026"], 0],
  ]);
});

test("pages of a shelf lead from the newest to the oldest and back", () => {
  const [all] = shelveAll(fixtureEntries(3 * PAGE_ROWS));
  if (all === undefined) throw new Error("no shelf");
  const ways = [null, 2, 1].map((number) => {
    const { newer, older, place } = shownShelf({ ...all.newest, number });
    return [newer, place, older];
  });
  expect(ways).toEqual([
    [null, "Page 1 of 3", "/by/all/2/"],
    ["/", "Page 2 of 3", "/by/all/1/"],
    ["/by/all/2/", "Page 3 of 3", null],
  ]);
});

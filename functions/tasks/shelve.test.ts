import { PAGE_ROWS, pagePath, shelveAll } from "@brimline/core/report/shelf";
import type { IndexEntry } from "@brimline/core/report/entry";
import { fixtureEntries } from "@brimline/testkit/site/entries";
import { testbed } from "@brimline/testkit/functions/testbed";
import { keys } from "@brimline/store/keys";
import { describe, expect, test } from "vitest";
import { ShelfObject } from "../objects/shelf.ts";
import { putObject, readObject } from "../objects/object.ts";
import { setRow, writeShelves } from "./shelve.ts";

const [newest, ...others] = fixtureEntries(2 * PAGE_ROWS + 20) as [IndexEntry, ...IndexEntry[]];
const entry = { ...newest, model: "only-here", tags: ["a"] };
const ALL = keys.shelf("all/");

describe("the shelves of public reports", () => {
  test("a report changes the newest page of its own shelves alone, and no full page", async () => {
    const { service, objects } = await testbed();
    await writeShelves(service.data, others);
    const before = await objects();
    const changed = await setRow(service, entry, entry);
    expect(changed?.pages.map(pagePath).map((path) => path.split("/").slice(0, 2).join("/"))).toEqual([
      "",
      "by/model",
      "by/gpu",
      "by/tag",
      "by/month",
      "by/board",
    ]);
    const after = await objects();
    const touched = [...after].filter(([key, text]) => before.get(key) !== text).map(([key]) => key);
    expect(touched.filter((key) => !/newest\.json$|^published\/|shelves\.json$/.test(key))).toEqual([]);
    expect((await readObject(service.data, ALL, ShelfObject))?.rows[0]?.id).toBe(entry.id);
  });

  test("one report after another gives the same shelves as all at once", async () => {
    const one = await testbed();
    for (const each of others.slice(0, 30).toReversed()) await setRow(one.service, each, each);
    for (const { newest: wanted } of shelveAll(others.slice(0, 30)))
      expect(await readObject(one.service.data, keys.shelf(wanted.shelf.path), ShelfObject)).toEqual({
        schema: "brimline.shelf/1",
        ...wanted,
      });
  });

  test("a report that is set again stands there once, and on the shelves of its new tags", async () => {
    const { service } = await testbed();
    await setRow(service, entry, entry);
    const changed = await setRow(service, entry, { ...entry, name: "renamed", tags: ["b"] });
    expect(changed?.gone).toEqual(["by/tag/a/"]);
    expect(changed?.shelves.filter(({ kind }) => kind === "tag").map(({ value }) => value)).toEqual(["b"]);
    const all = await readObject(service.data, ALL, ShelfObject);
    expect([all?.reports, all?.rows.map(({ name }) => name)]).toEqual([1, ["renamed"]]);
  });

  test("a report goes from an older page too, and nothing stays of a shelf that is empty then", async () => {
    const { service, objects } = await testbed();
    const oldest = { ...(others.at(-1) ?? entry), model: "last-of-its-kind", tags: ["last-tag"] };
    const all = [...others.slice(0, -1), oldest];
    for (const each of all)
      await putObject(service.data, keys.published(Date.parse(each.createdAt), each.id), each);
    // The first change after an older version shelves what was published before.
    const changed = await setRow(service, oldest, null);
    expect(changed?.pages.map(pagePath)).toContain("by/all/1/");
    const texts = [...(await objects())].map(([key, text]) => `${key} ${text}`).join("\n");
    expect(texts).not.toMatch(/last-of-its-kind|last-tag/);
    expect(texts).not.toContain(oldest.id);
    expect((await readObject(service.data, ALL, ShelfObject))?.reports).toBe(all.length - 1);
  });

  test("publishers at once lose no row", async () => {
    const { service } = await testbed();
    const some = others.slice(0, 8);
    await Promise.all(some.map((each) => setRow(service, each, each)));
    expect((await readObject(service.data, ALL, ShelfObject))?.rows.map(({ id }) => id)).toEqual(
      some.map(({ id }) => id),
    );
  });
});

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { diskStore } from "@brimline/store/disk";
import { PAGE_ROWS, pagePath, shelveAll, shelvesOf } from "@brimline/core/report/shelf";
import type { IndexEntry } from "@brimline/core/report/entry";
import { fixtureEntries } from "@brimline/testkit/site/entries";
import { testbed } from "@brimline/testkit/functions/testbed";
import { keys } from "@brimline/store/keys";
import { describe, expect, onTestFinished, test } from "vitest";
import { ShelfObject, ShelfPageObject } from "../objects/shelf.ts";
import { putObject, readObject } from "../objects/object.ts";
import { setRow, showRow, writeShelves } from "./shelve.ts";

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

  test("publishers at once show all rows at last, whichever of them writes its page last", async () => {
    const { service } = await testbed();
    const site = new Map<string, string>();
    const race = async (some: IndexEntry[], isListed: boolean) => {
      await Promise.all(
        some.map(async (row, nth) =>
          showRow(service, row, isListed ? row : null, async ({ pages, gone }) => {
            // The first to see the lists is the last to write its pages.
            await setTimeout(60 - 20 * nth);
            for (const page of pages) site.set(pagePath(page), page.rows.map(({ id }) => id).join());
            for (const path of gone) site.delete(path);
          }),
        ),
      );
    };
    const some = others.slice(0, 3);
    await race(some, true);
    const wanted = shelveAll(some).map(({ newest: page }): [string, string] => [
      pagePath({ ...page, number: null }),
      page.rows.map(({ id }) => id).join(),
    ]);
    expect(site).toEqual(new Map(wanted));
    await race(some, false);
    expect(site).toEqual(new Map([["", ""]]));
  });

  test("publishers with a disk store each, as processes have, lose no row either", async () => {
    const { service } = await testbed();
    const folder = await mkdtemp(join(tmpdir(), "brimline-shelves-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const some = others.slice(0, 3);
    let home: string[] = [];
    await Promise.all(
      some.map(async (row) =>
        showRow({ ...service, data: diskStore(folder) }, row, row, async ({ pages }) => {
          await setTimeout(100);
          home = pages.find((page) => pagePath(page) === "")?.rows.map(({ id }) => id) ?? [];
        }),
      ),
    );
    const all = await readObject(diskStore(folder), ALL, ShelfObject);
    expect([all?.reports, all?.rows.map(({ id }) => id)]).toEqual([3, some.map(({ id }) => id)]);
    expect(home).toEqual(some.map(({ id }) => id));
  });

  test("a publisher whose shelf another removes meanwhile puts its row on again", async () => {
    const { service } = await testbed();
    let shown: string[][] = [];
    await showRow(service, entry, entry, async ({ pages }) => {
      if (shown.length === 0) await service.data.remove(keys.shelf(shelvesOf(entry)[1]?.path ?? ""));
      shown = [...shown, pages.map(({ rows }) => rows.map(({ id }) => id).join())];
    });
    expect(shown).toHaveLength(2);
    expect(shown[1]).toEqual(shown[0]);
  });

  test("a report that goes from an older page is counted off, though a call was cut before it counted", async () => {
    const { service } = await testbed();
    await writeShelves(service.data, others);
    const { full } = shelveAll(others).find(({ newest: page }) => page.shelf.kind === "all") ?? {
      full: [],
    };
    const row = full[0]?.[0] ?? entry;
    await putObject(service.data, keys.published(Date.parse(row.createdAt), row.id), row);
    const replace = service.data.replace.bind(service.data);
    service.data.replace = (key, ...more) =>
      key === ALL ? Promise.reject(new Error("cut")) : replace(key, ...more);
    await expect(setRow(service, row, null)).rejects.toThrow("cut");
    service.data.replace = replace;
    await setRow(service, row, null);
    const all = await readObject(service.data, ALL, ShelfObject);
    const page = await readObject(service.data, keys.shelfPage("all/", 1), ShelfPageObject);
    expect([all?.reports, page?.rows.length]).toEqual([others.length - 1, PAGE_ROWS - 1]);
  });

  test("a report whose first call was cut leaves no row when it becomes private", async () => {
    const { service, objects } = await testbed();
    await writeShelves(service.data, others.slice(0, 1));
    const replace = service.data.replace.bind(service.data);
    service.data.replace = (key, ...more) =>
      key === keys.shelves ? Promise.reject(new Error("cut")) : replace(key, ...more);
    await expect(setRow(service, entry, entry)).rejects.toThrow("cut");
    service.data.replace = replace;
    await setRow(service, entry, null);
    expect([...(await objects()).values()].join()).not.toContain(entry.id);
  });

  test("changes of two reports on one full page are both kept", async () => {
    const { service } = await testbed();
    await writeShelves(service.data, others);
    const { full } = shelveAll(others).find(({ newest: page }) => page.shelf.kind === "all") ?? { full: [] };
    const [one, two] = (full[0] ?? []).map((row) => ({ ...row, name: `renamed ${row.id}` }));
    if (one === undefined || two === undefined) throw new Error("the page is not full");
    for (const row of full[0] ?? [])
      await putObject(service.data, keys.published(Date.parse(row.createdAt), row.id), row);
    await Promise.all([one, two].map((row) => setRow(service, row, row)));
    const page = await readObject(service.data, keys.shelfPage("all/", 1), ShelfPageObject);
    expect(page?.rows.map(({ name }) => name)).toEqual(expect.arrayContaining([one.name, two.name]));
  });

  test("publishers at once that fill a page lose no row and list none twice", async () => {
    const { service } = await testbed();
    const before = others.slice(10, 9 + 2 * PAGE_ROWS);
    await writeShelves(service.data, before);
    // One is older than all others, so that it would stand on the page that becomes full.
    const added = [...others.slice(0, 2), ...others.slice(-1)];
    await Promise.all(added.map((row) => setRow(service, row, row)));
    const all = await readObject(service.data, ALL, ShelfObject);
    const page = await readObject(service.data, keys.shelfPage("all/", 1), ShelfPageObject);
    const ids = [...(all?.rows ?? []), ...(page?.rows ?? [])].map(({ id }) => id);
    expect(ids.toSorted()).toEqual([...before, ...added].map(({ id }) => id).toSorted());
    expect([all?.older, all?.reports]).toEqual([1, ids.length]);
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

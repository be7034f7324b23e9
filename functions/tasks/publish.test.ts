import { serialise } from "@brimline/core/report/serialise";
import { measured, namesOnly } from "@brimline/testkit/functions/listed";
import { keys } from "@brimline/store/keys";
import type { ObjectStore, WriteOptions } from "@brimline/store/store";
import { describe, expect, test } from "vitest";
import { testbed } from "@brimline/testkit/functions/testbed";
import { acceptJob } from "@brimline/testkit/functions/home";
import { pagePath } from "@brimline/core/report/shelf";
import { putObject } from "../objects/object.ts";
import { setStatus } from "../objects/status.ts";
import type { Renderer } from "../renderer.ts";
import { publishTask } from "./publish.ts";

const ID = "a".repeat(20);
const seeded = (seed: string) => ({ provenance: { ...measured.provenance, seed } });

/** Wraps a store and keeps the options with which each object was written. */
function watched(store: ObjectStore): { store: ObjectStore; written: Map<string, WriteOptions> } {
  const written = new Map<string, WriteOptions>();
  const noting =
    (act: "create" | "put") =>
    (key: string, body: Uint8Array | string, options: WriteOptions = {}) => {
      written.set(key, options);
      return store[act](key, body, options);
    };
  return {
    store: {
      ...store,
      create: noting("create") as ObjectStore["create"],
      put: noting("put") as ObjectStore["put"],
    },
    written,
  };
}

test("assets may be cached for ever, and every other published object must be revalidated", async () => {
  const { service } = await testbed();
  await acceptJob(service, ID, { visibility: "public" });
  await service.data.create(keys.report(ID), serialise({ ...measured, id: ID }));
  const { store, written } = watched(service.site);
  const asset = {
    path: "_astro/abc.css",
    body: "a{}",
    contentType: "text/css; charset=utf-8",
    scope: "asset" as const,
  };
  const page = (scope: "page" | "asset") => ({
    path: "index.html",
    body: "<p>",
    contentType: "text/html; charset=utf-8",
    scope,
  });
  const renderer = {
    renderReport: async () => [page("page"), asset],
    renderComparison: async () => [page("page"), asset],
    renderTrend: async () => [page("asset"), asset],
    renderSite: async () => [page("asset"), asset],
    renderLists: async () => [page("asset"), asset],
  };
  expect(await publishTask({ ...service, site: store }, { jobId: ID }, async () => renderer)).toEqual({
    hasPage: true,
    hasComparison: false,
  });
  expect(Object.fromEntries([...written].map(([key, { cacheControl }]) => [key, cacheControl]))).toEqual({
    "_astro/abc.css": "public, max-age=31536000, immutable",
    "index.html": "no-cache",
    [`r/${ID}/index.html`]: "no-cache",
    [`r/${ID}/levels.csv`]: "no-cache",
    [`r/${ID}/report.json`]: "no-cache",
    [`r/${ID}/report.md`]: "no-cache",
  });
});

test("a new name stands in every file of a report but in report.json, which keeps what was asked", async () => {
  const { service } = await testbed();
  await acceptJob(service, ID, { visibility: "unlisted" });
  await service.data.create(keys.report(ID), serialise({ ...measured, id: ID }));
  const publishAs = async (name: string): Promise<void> => {
    await putObject(service.data, keys.listing(ID), {
      schema: "brimline.listing/1",
      name,
      tags: [],
      visibility: "unlisted",
      formerTags: [],
    });
    const files = async () =>
      (["index.html", "preview.png", "report.json", "_astro/a.css"] as const).map((path) => ({
        path,
        body: `${path} of ${name}`,
        contentType: "text/plain",
        scope: path === "_astro/a.css" ? ("asset" as const) : ("page" as const),
      }));
    await publishTask(service, { jobId: ID, relist: true }, async () => ({
      renderReport: files,
      renderComparison: files,
      renderTrend: files,
      renderSite: files,
      renderLists: files,
    }));
  };
  await publishAs("first");
  await publishAs("second");
  const shown = async (key: string) => (await service.site.get(key))?.body.toString();
  expect(await shown(keys.page(ID, "report.md"))).toContain("### second\n");
  expect(await shown(keys.page(ID, "preview.png"))).toBe("preview.png of second");
  expect(await shown(keys.page(ID, "index.html"))).toBe("index.html of second");
  expect(await shown(keys.page(ID, "report.json"))).toBe(serialise({ ...measured, id: ID }));
  expect(await shown("_astro/a.css")).toBe("_astro/a.css of first");
});

test("a private report brings the page that compares two, and none of its own", async () => {
  const { service } = await testbed();
  await acceptJob(service, ID, { visibility: "private" });
  await service.data.create(keys.report(ID), serialise({ ...measured, id: ID }));
  const compare = {
    path: "compare/index.html",
    body: "<p>",
    contentType: "text/html",
    scope: "asset" as const,
  };
  const renderer = { ...namesOnly, renderSite: async () => [compare] };
  expect((await publishTask(service, { jobId: ID }, async () => renderer)).hasPage).toBe(false);
  expect((await service.site.list("")).keys).toEqual(["compare/index.html"]);
});

describe("a job with a baseline", () => {
  /** Publishes a job beside a baseline of this visibility, and resolves to what was written and what the report was given. */
  async function published(visibility: "public" | "private") {
    const { service } = await testbed();
    const baseline = "b".repeat(20);
    await acceptJob(service, baseline, { visibility });
    await acceptJob(service, ID, { visibility: "unlisted", baseline });
    for (const [id, seed] of [
      [baseline, "one"],
      [ID, "two"],
    ] as const)
      await service.data.create(keys.report(id), serialise({ ...measured, id, ...seeded(seed) }));
    const { store, written } = watched(service.site);
    const given: unknown[] = [];
    const page = async () => [
      { path: "index.html", body: "<p>", contentType: "text/html", scope: "page" as const },
    ];
    const result = await publishTask({ ...service, site: store }, { jobId: ID }, async () => ({
      renderReport: (_, __, comparison) => {
        given.push(comparison);
        return page();
      },
      renderComparison: (comparison, a, b) => {
        given.push([comparison.verdict, a.id, b.id]);
        return page();
      },
      renderTrend: page,
      renderSite: page,
      renderLists: page,
    }));
    return { result, given, written: [...written.keys()] };
  }

  test("has a page of the comparison, which is there before the report's page links it", async () => {
    const { result, given, written } = await published("public");
    expect(result).toEqual({ hasPage: true, hasComparison: true });
    expect(given).toEqual([
      [expect.any(String), "b".repeat(20), ID],
      expect.objectContaining({ schema: "brimline.comparison/1" }),
    ]);
    expect(written.indexOf(`c/${ID}/index.html`)).toBeLessThan(written.indexOf(`r/${ID}/index.html`));
    expect(written).toContain(`c/${ID}/index.html`);
  });

  test("that is private has none, so that nothing of it is shown", async () => {
    const { result, given, written } = await published("private");
    expect(result).toEqual({ hasPage: true, hasComparison: false });
    expect(given).toEqual([null]);
    expect(written.filter((key) => key.startsWith("c/"))).toEqual([]);
  });
});

describe("lists of public reports", () => {
  const OTHER = "c".repeat(20);
  type Render = Renderer["renderLists"];
  const lists: Render = async ({ pages }) =>
    pages.map((page) => ({
      path: `${pagePath(page)}index.html`,
      body: page.rows.map(({ id }) => id).join(" "),
      contentType: "text/html",
      scope: "asset" as const,
    }));
  const cut: Render = async () => {
    throw new Error("cut");
  };
  const page = async () => [
    { path: "index.html", body: "<p>", contentType: "text/html", scope: "page" as const },
  ];
  const renderer = (renderLists: Render) => async () => ({
    renderReport: page,
    renderComparison: page,
    renderTrend: async () => [],
    renderSite: async () => [],
    renderLists,
  });
  const listing = {
    schema: "brimline.listing/1",
    name: "n",
    tags: ["old"],
    visibility: "public",
    formerTags: [],
  };
  const tombstone = {
    schema: "brimline.tombstone/1",
    createdAt: measured.createdAt,
    deletedAt: measured.createdAt,
  };

  async function withJobs(...ids: string[]) {
    const { service } = await testbed();
    for (const id of ids) {
      await acceptJob(service, id, { visibility: "public" });
      await service.data.create(keys.report(id), serialise({ ...measured, id }));
      await putObject(service.data, keys.listing(id), listing);
    }
    const relist = (id: string, render: Render) =>
      publishTask(service, { jobId: id, relist: true }, renderer(render));
    const shown = async (file: string) => (await service.site.get(file))?.body.toString();
    return { service, relist, shown };
  }

  test.each([
    ["deleted", tombstone],
    ["private", { ...listing, visibility: "private" }],
    ["of another tag", { ...listing, tags: ["new"] }],
  ])("do not keep a job that is %s, when they were cut before they were rendered", async (_, after) => {
    const { service, relist, shown } = await withJobs(ID, OTHER);
    await relist(ID, lists);
    await relist(OTHER, lists);
    expect(await shown("by/tag/old/index.html")).toContain(ID);
    await putObject(service.data, keys.listing(ID), after);
    await expect(relist(ID, cut)).rejects.toThrow("cut");
    await relist(ID, lists);
    expect(await shown("by/tag/old/index.html")).toBe(OTHER);
  });

  test("do not bring back a job that another publisher took off meanwhile", async () => {
    const { service, relist, shown } = await withJobs(ID, OTHER);
    await relist(ID, lists);
    let isFirst = true;
    await relist(OTHER, async (given, publicUrl) => {
      const files = await lists(given, publicUrl);
      if (isFirst) {
        isFirst = false;
        await putObject(service.data, keys.listing(ID), { ...listing, visibility: "private" });
        await relist(ID, lists);
      }
      return files;
    });
    expect([await shown("index.html"), await shown("by/tag/old/index.html")]).toEqual([OTHER, OTHER]);
  });

  test("a baseline that is hidden marks what shows it, when it was cut after its own page went", async () => {
    const { service, relist } = await withJobs(ID);
    await setStatus(service, ID, { state: "completed", hasPage: true });
    await putObject(service.data, keys.beside(ID, OTHER), { id: OTHER });
    await putObject(service.data, keys.listing(ID), { ...listing, visibility: "private" });
    const data: ObjectStore = {
      ...service.data,
      put: async (key, body, options) => {
        if (key === keys.relist(OTHER)) throw new Error("cut");
        await service.data.put(key, body, options);
      },
    };
    const cutHere = publishTask({ ...service, data }, { jobId: ID, relist: true }, renderer(lists));
    await expect(cutHere).rejects.toThrow("cut");
    await relist(ID, lists);
    expect(await service.data.get(keys.relist(OTHER))).not.toBeNull();
  });
});

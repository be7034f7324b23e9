import { hashesOf } from "@brimline/testkit/functions/hashes";
import { endedJob, namesOnly } from "@brimline/testkit/functions/listed";
import { setState, type Testbed, testbed } from "@brimline/testkit/functions/testbed";
import { keys } from "@brimline/store/keys";
import { expect, test } from "vitest";
import { putObject } from "../objects/object.ts";
import { statusOf } from "../objects/status.ts";
import type { PageFile, Renderer } from "../renderer.ts";
import { publishTask } from "./publish.ts";
import { renderAgain, renderLists, reportedJobs } from "./render.ts";

/** A job that has ended and may be the baseline of another. */
async function endedBaseline(bed: Testbed, more: object): Promise<string> {
  const id = await endedJob(bed, more);
  const status = await statusOf(bed.service, id);
  await putObject(bed.service.data, keys.status(id), { ...status, hasReport: true });
  return id;
}

/** A renderer whose template is newer: every file says so. */
function newer(renderer: Renderer): Renderer {
  const renew = (files: PageFile[]): PageFile[] =>
    files.map((file) => ({ ...file, body: `newer: ${String(file.body)}` }));
  return {
    renderReport: async (...given) => renew(await renderer.renderReport(...given)),
    renderComparison: async (...given) => renew(await renderer.renderComparison(...given)),
    renderLists: async (...given) => renew(await renderer.renderLists(...given)),
    renderTrend: async (...given) => renew(await renderer.renderTrend(...given)),
    renderSite: async (...given) => renew(await renderer.renderSite(...given)),
  };
}

const NEWER = async (): Promise<Renderer> => newer(namesOnly);

test("a newer template is on every page and list, and what was measured stays byte for byte", async () => {
  const bed = await testbed();
  const { data, site } = bed.service;
  const baseline = await endedBaseline(bed, { name: "first", tags: ["nightly"] });
  const id = await endedJob(bed, { name: "second", tags: ["nightly"], baseline });
  const hidden = await endedJob(bed, { name: "third", visibility: "private" });
  const [before, wasShown] = [await hashesOf(data), await hashesOf(site)];
  expect((await reportedJobs(bed.service)).toSorted()).toEqual([baseline, hidden, id].toSorted());

  expect(await renderAgain(bed.service, id, NEWER)).toBe("rendered");
  expect(await renderAgain(bed.service, baseline, NEWER)).toBe("rendered");
  expect(await renderAgain(bed.service, hidden, NEWER)).toBe("private");
  expect(await renderLists(bed.service, NEWER)).toBeGreaterThan(3);

  const once = await hashesOf(site);
  const changed = Object.keys(once).filter((key) => once[key] !== wasShown[key]);
  expect(Object.keys(once)).toEqual(Object.keys(wasShown));
  expect(changed).toEqual(Object.keys(once).filter((key) => key.endsWith(".html")));
  expect(changed).toEqual(
    expect.arrayContaining([`c/${id}/index.html`, "index.html", `r/${baseline}/index.html`]),
  );
  expect(await hashesOf(data)).toEqual(before);

  for (const each of [id, baseline]) await renderAgain(bed.service, each, NEWER);
  await renderLists(bed.service, NEWER);
  expect([await hashesOf(site), await hashesOf(data)]).toEqual([once, before]);
});

test("a report that this version cannot read stays as it is, and the others are rendered", async () => {
  const bed = await testbed();
  const { data, site } = bed.service;
  const old = await endedBaseline(bed, { name: "old", tags: ["nightly"] });
  const id = await endedJob(bed, { name: "new", tags: ["nightly"], baseline: old });
  await endedJob(bed, { name: "newest", tags: ["nightly"] });
  await data.put(keys.report(old), '{"schema":"brimline.report/0"}');
  const shown = async (): Promise<unknown> => (await site.get(keys.page(old, "index.html")))?.body.toString();
  expect(await renderAgain(bed.service, old, NEWER)).toBe("unreadable");
  expect(await renderAgain(bed.service, id, NEWER)).toBe("rendered");
  await renderLists(bed.service, NEWER);
  expect(await shown()).toBe("old");
  await data.put(keys.report(old), "{");
  expect(await renderAgain(bed.service, old, NEWER)).toBe("unreadable");
});

test("a job that runs is published at its end", async () => {
  const bed = await testbed();
  const { json } = await bed.send("POST", "/v1/jobs", {
    endpoint: { url: "http://127.0.0.1:8000/v1", model: "m" },
  });
  const id = String(json?.["id"]);
  await setState(bed, id, "reporting");
  await bed.service.data.put(keys.report(id), "{}");
  expect(await renderAgain(bed.service, id, NEWER)).toBe("running");
});

test("a row that an older version wrote follows, and so does a listing that changed meanwhile", async () => {
  const bed = await testbed();
  const id = await endedJob(bed, { name: "asked", tags: ["old"] });
  const index = async (): Promise<unknown> => (await bed.service.site.get("index.html"))?.body.toString();
  const listing = {
    schema: "brimline.listing/1",
    name: "asked",
    tags: ["new"],
    visibility: "public",
    formerTags: [],
  };
  await putObject(bed.service.data, keys.listing(id), listing);
  await putObject(bed.service.data, keys.relist(id), { id });
  await renderAgain(bed.service, id, NEWER);
  const shelves = (await bed.service.data.get(keys.shelves))?.body.toString();
  expect(shelves).toContain("tag/new/");
  expect(shelves).not.toContain("tag/old/");
  expect(await bed.service.data.get(keys.relist(id))).toBeNull();
  await publishTask(bed.service, { jobId: id, relist: true }, async () => namesOnly);
  await putObject(bed.service.data, keys.listing(id), { ...listing, name: "renamed" });
  await renderAgain(bed.service, id, NEWER);
  await renderLists(bed.service, NEWER);
  expect(await index()).toBe("newer: renamed");
});

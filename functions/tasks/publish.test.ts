import { aggregate } from "@brimline/core/report/aggregate";
import { serialise } from "@brimline/core/report/serialise";
import { CREATED_UNIX_MS, syntheticJob, syntheticLevel } from "@brimline/testkit/synthetic";
import { keys } from "@brimline/store/keys";
import type { ObjectStore, WriteOptions } from "@brimline/store/store";
import { expect, test } from "vitest";
import { testbed } from "@brimline/testkit/functions/testbed";
import { acceptJob } from "@brimline/testkit/functions/home";
import { publishTask } from "./publish.ts";

const ID = "a".repeat(20);

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
  const report = aggregate(
    syntheticJob([
      syntheticLevel({
        id: "l01",
        users: 2,
        ttftMs: 50,
        gapMs: 10,
        outputTokens: 20,
        durationS: 20,
        t0UnixMs: CREATED_UNIX_MS,
      }),
    ]),
  );
  await service.data.create(keys.report(ID), serialise({ ...report, id: ID }));
  const { store, written } = watched(service.site);
  const asset = {
    path: "_astro/abc.css",
    body: "a{}",
    contentType: "text/css; charset=utf-8",
    scope: "asset" as const,
  };
  const page = (scope: "report" | "asset") => ({
    path: "index.html",
    body: "<p>",
    contentType: "text/html; charset=utf-8",
    scope,
  });
  const renderer = {
    renderReport: async () => [page("report"), asset],
    renderIndex: async () => [page("asset"), asset],
  };
  expect(await publishTask({ ...service, site: store }, { jobId: ID }, async () => renderer)).toEqual({
    hasPage: true,
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

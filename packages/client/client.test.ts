import { testbed } from "@brimline/testkit/functions/testbed";
import type { OpenAPI3 } from "openapi-typescript";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { createClient } from "./client.ts";
import { typesOf } from "./generate.ts";

test("the types are those of the present document: node packages/client/generate.ts makes them anew", async () => {
  const { text } = await (await testbed()).send("GET", "/openapi.json");
  const made = await readFile(new URL("api.ts", import.meta.url), "utf8");
  expect((await typesOf(JSON.parse(text) as OpenAPI3)) === made).toBe(true);
});

test("a job is submitted and read, and a problem comes back as the error", async () => {
  const { app } = await testbed();
  const client = createClient({
    url: "http://127.0.0.1:4870",
    key: "a-key",
    fetch: async (request) => app.fetch(request),
  });
  const submitted = await client.POST("/v1/jobs", {
    body: { endpoint: { url: "http://127.0.0.1:8000/v1", model: "m" }, levels: [1] },
  });
  const id = submitted.data?.id ?? "";
  const read = await client.GET("/v1/jobs/{id}", { params: { path: { id } } });
  expect(read.data).toMatchObject({ id, state: "queued", links: { report: null } });
  const refused = await client.GET("/v1/jobs/{id}/report", { params: { path: { id } } });
  expect([refused.data, refused.error?.title]).toEqual([undefined, "There is no report yet"]);
});

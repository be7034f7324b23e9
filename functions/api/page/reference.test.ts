import { testbed } from "@brimline/testkit/functions/testbed";
import { expect, test } from "vitest";

test("the page of the API has every operation and schema of the document, with a command for each", async () => {
  const bed = await testbed();
  const { paths, components } = (await bed.send("GET", "/openapi.json")).json as {
    paths: Record<string, Record<string, { operationId: string }>>;
    components: { schemas: object };
  };
  const { text } = await bed.send("GET", "/api/");
  const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id ?? "");
  expect(new Set(ids).size).toBe(ids.length);
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  for (const { operationId } of operations) expect(ids).toContain(operationId);
  for (const name of Object.keys(components.schemas)) expect(ids).toContain(`schema-${name}`);
  for (const [, goal] of text.matchAll(/ href="#([^"]+)"/g)) expect(ids).toContain(goal);
  expect(text.match(/<pre[^>]*>curl /g)).toHaveLength(operations.length);
  expect(text).not.toMatch(/\bNaN\b|\bundefined\b|\[object/);
  expect((await bed.send("GET", "/api")).headers.get("location")).toBe("/api/");
});

test("it says what a field takes, and shows an example as it is sent", async () => {
  const { text } = await (await testbed()).send("GET", "/api/");
  const words = text.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
  expect(words).toContain("endpoint.url");
  expect(words).toMatch(/levels\[\]\.users|levels\.search|stop\.requests/);
  expect(words).toContain("/v1/jobs?limit=5&amp;tag=nightly");
  expect(words).toContain("&quot;inputTokens&quot;: 256");
});

import { EventType } from "@brimline/core/codes";
import { expect, test } from "vitest";
import { routes } from "./routes.ts";
import { testbed } from "@brimline/testkit/functions/testbed";

interface Operation {
  operationId?: string;
  requestBody?: object;
  security: Record<string, unknown>[];
  parameters?: { name: string; in: string; required?: boolean }[];
  responses: Record<string, { description: string; content?: Record<string, { schema: unknown }> }>;
}
interface Document {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  webhooks: Record<string, { post: Operation & { requestBody: object } }>;
  components: { schemas: Record<string, Record<string, unknown>>; securitySchemes: Record<string, object> };
}

const read = async (): Promise<Document> =>
  JSON.parse((await (await testbed()).send("GET", "/openapi.json")).text) as Document;

/** Every `$ref` in a value. */
const refsOf = (value: unknown): string[] =>
  [...JSON.stringify(value).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? "");

test("the document is OpenAPI 3.1 and lists exactly the routes of the app", async () => {
  const { app } = await testbed();
  const { openapi, info, paths } = await read();
  expect([openapi, info.title, info.version]).toEqual(["3.1.0", "Brimline", "0.1.0"]);
  const listed = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(listed.sort()).toEqual(
    Object.values(routes)
      .map((route) => `${route.method.toUpperCase()} ${route.path}`)
      .sort(),
  );
  const served = app.routes
    .filter(({ method, path }) => method !== "ALL" && path.startsWith("/v1/"))
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
  expect([...new Set(served)].filter((route) => !listed.includes(route))).toEqual([]);
});

test("every reference leads to a schema, and no schema has a name that zod made", async () => {
  const document = await read();
  const refs = new Set(refsOf(document));
  expect(refs.size).toBeGreaterThan(10);
  for (const ref of refs)
    expect(Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`)).toContain(
      ref,
    );
  expect(JSON.stringify(document)).not.toMatch(/\$defs|__shared|"\$id"|"\$schema"/);
});

test("every path parameter is declared and required", async () => {
  const { paths } = await read();
  for (const [path, methods] of Object.entries(paths)) {
    const wanted = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    for (const operation of Object.values(methods)) {
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === "path");
      expect(declared.map(({ name }) => name)).toEqual(wanted);
      expect(declared.every(({ required }) => required === true)).toBe(true);
    }
  }
});

test("every operation says who may call it and answers problems as problem+json", async () => {
  const { paths, components } = await read();
  expect(components.securitySchemes).toMatchObject({
    key: { type: "http", scheme: "bearer" },
    agentToken: { type: "http", scheme: "bearer" },
  });
  for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
    for (const scheme of operation.security.flatMap((item) => Object.keys(item)))
      expect(Object.keys(components.securitySchemes)).toContain(scheme);
    for (const [status, response] of Object.entries(operation.responses)) {
      expect(response.description).not.toBe("");
      if (Number(status) >= 400)
        expect(response.content).toEqual({
          "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
        });
    }
  }
});

test("the job's schema has its bounds and defaults, and requires a webhook's secret", async () => {
  const { JobRequest } = (await read()).components.schemas;
  expect(JobRequest).toMatchObject({
    required: ["endpoint"],
    additionalProperties: false,
    properties: {
      levels: { default: { search: {} } },
      repeats: { default: 1, minimum: 1, maximum: 20 },
      webhook: { required: ["url", "secret"] },
    },
  });
});

test("a job, its events and its report have one verdict", async () => {
  const { schemas } = (await read()).components;
  const ref = { $ref: "#/components/schemas/Verdict" };
  expect(schemas["Report"]).toMatchObject({ properties: { verdict: ref } });
  expect(schemas["Job"]).toMatchObject({ properties: { verdict: { anyOf: [ref, { type: "null" }] } } });
  expect(JSON.stringify(schemas["Event"])).toContain(JSON.stringify(ref));
  expect(schemas["Verdict"]).toMatchObject({
    properties: { status: { enum: ["met", "missed", "unknown", "failed"] } },
  });
});

test("every operation has an id of its own, and those of routes are their names", async () => {
  const { paths, webhooks } = await read();
  const ids = [...Object.values(paths), ...Object.values(webhooks)].flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId),
  );
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual(expect.arrayContaining([...Object.keys(routes), "onJobCompleted", "onLevelCompleted"]));
  for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z]+$/);
});

test("every event is in the document as a webhook with its body and its signature's headers", async () => {
  const { webhooks } = await read();
  expect(Object.keys(webhooks)).toEqual(EventType.options);
  for (const { post } of Object.values(webhooks)) {
    expect(post.requestBody).toEqual({
      required: true,
      content: { "application/json": { schema: { $ref: "#/components/schemas/Event" } } },
    });
    expect(post.parameters?.map(({ name }) => name)).toEqual([
      "webhook-id",
      "webhook-timestamp",
      "webhook-signature",
    ]);
  }
});

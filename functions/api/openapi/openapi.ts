import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { EventType } from "@brimline/core/codes";
import type { Service } from "../../service.ts";
import type { Who } from "../door/auth.ts";
import { type ProblemType, problemStatus, problemTitle } from "../door/problem.ts";
import { queryOf } from "../door/query.ts";
import { SCHEMAS, type SchemaName } from "./schemas.ts";

/**
 * The OpenAPI 3.1 document says what each route takes and answers. The handlers check requests with the same
 * schemas.
 */

interface RouteOptions {
  summary: string;
  tag: "Jobs" | "Schedules" | "Keys" | "Agents" | "Service";
  who: Who;
  params?: z.ZodObject;
  /** Made with `queryOf`. Unless given, the route refuses every query parameter. */
  query?: ReturnType<typeof queryOf>;
  headers?: z.ZodObject;
  body?: SchemaName | "segment";
  answers: Record<number, Answer>;
  problems?: ProblemType[];
  /** A request that the route takes. A test sends it to a service, with ids that exist in place of these. */
  example?: Example;
}
/** A request: the values of its path, query and headers, and its body. */
interface Example {
  path?: Record<string, string>;
  query?: Record<string, string | number>;
  headers?: Record<string, string>;
  body?: unknown;
}
type Answer = SchemaName | "events" | "parquet" | "file" | "metrics" | "nothing";

const ref = (name: SchemaName) => ({ $ref: `#/components/schemas/${name}` });
const json = (name: SchemaName) => ({ "application/json": { schema: ref(name) } });

/** A service that answers loopback alone needs no key. The roles of a bearer key are its scopes (OpenAPI 3.1). */
const SECURITY: Record<Who, Record<string, string[]>[]> = {
  submit: [{ key: ["submit"] }, {}],
  read: [{ key: ["read"] }, {}],
  admin: [{ key: ["admin"] }, {}],
  agent: [{ agentToken: [] }],
  read_or_agent: [{ key: ["read"] }, { agentToken: [] }, {}],
  anyone: [],
};

/** The problems that every route can answer. */
const ALWAYS: ProblemType[] = ["misdirected", "forbidden", "invalid_request", "internal"];
const WITH_BODY: ProblemType[] = ["malformed_body", "body_too_large", "unsupported_media_type"];

/** Describes a route for the document. */
export function route<M extends "get" | "post" | "put" | "patch" | "delete", P extends string>(
  method: M,
  path: P,
  options: RouteOptions,
) {
  const { params, query = queryOf({}), headers, body, who } = options;
  const problems = [
    ...ALWAYS,
    ...(path.startsWith("/v1/") ? (["too_many_requests"] as const) : []),
    ...(who === "anyone" ? [] : (["unauthorized_caller"] as const)),
    ...(body === undefined ? [] : WITH_BODY),
    ...(options.problems ?? []),
  ];
  return createRoute({
    method,
    path,
    summary: options.summary,
    tags: [options.tag],
    security: SECURITY[who],
    request: {
      ...(params !== undefined && { params }),
      query,
      ...(headers !== undefined && { headers }),
      ...(body !== undefined && {
        body: { required: true, content: body === "segment" ? SEGMENT : json(body) },
      }),
    },
    responses: { ...answersOf(options.answers), ...problemsOf(problems) },
    [EXAMPLE]: options.example ?? {},
    [WHO]: who,
  });
}

/** Where an operation carries its example until the document puts it beside the parameters and the body. */
const EXAMPLE = "x-example";

/** Where a route carries who may use it, for the door. The document says it as the operation's security. */
export const WHO = "x-who";

/** Gives each route its name as the operation's id, after which clients that are made of the document name their methods. */
export function withOperationIds<Routes extends Record<string, object>>(routes: Routes): Routes {
  for (const [operationId, each] of Object.entries(routes)) Object.assign(each, { operationId });
  return routes;
}

const PARQUET = {
  "application/vnd.apache.parquet": { schema: { type: "string" as const, format: "binary" } },
};
/** The schema is that of each event of the stream, as OpenAPI 3.2 has it too. */
const EVENTS = {
  "text/event-stream": {
    schema: {
      type: "object" as const,
      required: ["event", "data"],
      properties: {
        event: { type: "string" as const, enum: ["progress", ...EventType.options] },
        data: { type: "string" as const, description: "JSON: a Job of `progress`, an Event of every other" },
        id: { type: "string" as const, description: "The number of the event; `progress` has none" },
      },
    },
  },
};
const METRICS = { "text/plain": { schema: { type: "string" as const } } };
const FILE = {
  ...PARQUET,
  "application/gzip": { schema: { type: "string" as const, format: "binary" } },
};
const SEGMENT = { "application/gzip": { schema: { type: "string" as const, format: "binary" } } };

function answersOf(answers: RouteOptions["answers"]) {
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => {
      if (answer === "nothing") return [status, { description: "Done; without a body" }];
      if (answer === "events") return [status, { description: "Server-sent events", content: EVENTS }];
      if (answer === "metrics") return [status, { description: "Prometheus' text form", content: METRICS }];
      if (answer === "file") return [status, { description: "The file", content: FILE }];
      if (answer === "parquet") return [status, { description: "A Parquet file", content: PARQUET }];
      return [status, { description: answer, content: json(answer) }];
    }),
  );
}

function problemsOf(types: ProblemType[]) {
  const byStatus = Map.groupBy(new Set(types), problemStatus);
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      status,
      {
        description: same.map((type) => `${type}: ${problemTitle(type)}`).join("; "),
        content: { "application/problem+json": { schema: ref("Problem") } },
      },
    ]),
  );
}

/** The OpenAPI document of an app whose routes were made with `route`. */
export function openApiDocument(app: OpenAPIHono, service: Service) {
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Brimline",
      version: service.config.generator.split(" ").at(-1) ?? "0",
      description:
        "Benchmarks of LLM inference endpoints: submit a job, follow it, read its report. Errors are application/problem+json.",
      license: { name: "Apache-2.0" },
    },
    servers: [{ url: service.config.publicUrl }],
  });
  const securitySchemes = {
    key: {
      type: "http" as const,
      scheme: "bearer",
      description:
        "A key that the operator made, with the scope that the operation names or the scope admin, or the service's admin key. A service on loopback may run without one.",
    },
    agentToken: {
      type: "http" as const,
      scheme: "bearer",
      description: "The token that an agent got when it was enrolled.",
    },
  };
  const operations = Object.values(document.paths ?? {}).flatMap((path) => Object.values(path as object));
  for (const operation of operations) showExample(operation as Operation);
  return {
    ...document,
    webhooks: webhooks(),
    components: { ...document.components, schemas: jsonSchemas(), securitySchemes },
  };
}

interface Operation {
  [EXAMPLE]?: Example;
  [WHO]?: Who;
  parameters?: { name: string; in: string; example?: unknown }[];
  requestBody?: { content: Record<string, { example?: unknown }> };
}

/** Moves an operation's example to where OpenAPI has its parts: to each parameter, and to the body. */
function showExample(operation: Operation): void {
  const { path = {}, query = {}, headers = {}, body } = operation[EXAMPLE] ?? {};
  delete operation[EXAMPLE];
  delete operation[WHO];
  const given: Record<string, Record<string, unknown>> = { path, query, header: headers };
  for (const parameter of operation.parameters ?? []) {
    const example = given[parameter.in]?.[parameter.name];
    if (example !== undefined) parameter.example = example;
  }
  if (body !== undefined)
    for (const content of Object.values(operation.requestBody?.content ?? {})) content.example = body;
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

const EVENT_TEXT: Record<EventType, string> = {
  "job.started": "Preflight accepted the endpoint, and the load begins",
  "level.completed": "A level has ended; `data.level` has what it counted",
  "job.completed": "The job has ended as it was planned",
  "job.partial": "A limit, the endpoint or lost shards cut the job short; there is a report",
  "job.failed": "The job failed",
  "job.cancelled": "The job was cancelled",
  "job.rejected": "Preflight refused the endpoint, and no load was sent",
};
const WEBHOOK_HEADERS = {
  "webhook-id": "The event's id, the same for every try",
  "webhook-timestamp": "The time of the try, Unix s",
  "webhook-signature": "`v1,` and the HMAC-SHA256 of id, timestamp and body, by Standard Webhooks",
};

/** What a job's webhook is sent, by the type of the event. Unless its job names events, it gets those of the end. */
function webhooks() {
  return Object.fromEntries(
    EventType.options.map((type) => [
      type,
      {
        post: {
          operationId: `on${type.split(".").map(capital).join("")}`,
          summary: EVENT_TEXT[type],
          tags: ["Webhooks"],
          security: [],
          parameters: Object.entries(WEBHOOK_HEADERS).map(([name, description]) => ({
            name,
            in: "header" as const,
            required: true,
            description,
            schema: { type: "string" as const },
          })),
          requestBody: { required: true, content: json("Event") },
          responses: {
            "2XX": { description: "Taken" },
            410: { description: "The receiver wants no more events of this job" },
            default: { description: "Tried again later, ten times over 75 hours" },
          },
        },
      },
    ]),
  );
}

const SHARED = "#/components/schemas/__shared#/$defs/";

/**
 * All bodies as JSON Schema 2020-12, the dialect of OpenAPI 3.1. Parts that zod shares between them become
 * schemas of their own.
 */
function jsonSchemas(): Record<string, z.core.JSONSchema.BaseSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(SCHEMAS)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    io: "input",
    unrepresentable: "any",
    uri: (id) => `#/components/schemas/${id}`,
  });
  const text = JSON.stringify(schemas).replaceAll(SHARED, "#/components/schemas/Json_");
  const { __shared, ...named } = JSON.parse(text) as Record<string, z.core.JSONSchema.BaseSchema>;
  const shared = Object.entries(__shared?.$defs ?? {}).map(
    ([name, schema]) => [`Json_${name}`, schema] as const,
  );
  return Object.fromEntries(
    [...Object.entries(named), ...shared].map(([name, schema]) => [name, withoutIds(schema)]),
  );
}

function withoutIds(schema: z.core.JSONSchema.BaseSchema | boolean): z.core.JSONSchema.BaseSchema {
  if (typeof schema === "boolean") return {};
  const { $id: _id, $schema: _schema, id: _name, ...rest } = schema;
  return rest;
}

/** The operations of the service as its OpenAPI document describes them, each with its example request. */

import type { Testbed } from "./testbed.ts";

interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required?: boolean;
  example?: string | number;
  schema: Record<string, unknown>;
}

export interface Described {
  operationId: string;
  method: string;
  /** With its parameters in braces: `/v1/jobs/{id}`. */
  path: string;
  security: Record<string, unknown>[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: object; example?: unknown }> };
  responses: Record<string, { content?: Record<string, { schema: { $ref?: string } }> }>;
}

export interface OpenApiDocument {
  paths: Record<string, Record<string, Omit<Described, "method" | "path">>>;
  components: { schemas: Record<string, Record<string, unknown>> };
}

/** The document that a service answers. */
export const documentOf = async ({ send }: Pick<Testbed, "send">): Promise<OpenApiDocument> =>
  JSON.parse((await send("GET", "/openapi.json")).text) as OpenApiDocument;

export const described = ({ paths }: OpenApiDocument): Described[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      path,
      method: method.toUpperCase(),
    })),
  );

/** What an operation's example lacks, each in a sentence that says what to add. */
export function lacks({ operationId, parameters = [], requestBody }: Described): string[] {
  const example = `the example of ${operationId} in functions/api/openapi/routes.ts`;
  const wanted = parameters.filter(
    ({ required, example: given }) => required === true && given === undefined,
  );
  const body = requestBody?.content["application/json"];
  return [
    ...wanted.map((parameter) => `${example} lacks ${parameter.in}: { ${parameter.name}: … }`),
    ...(body !== undefined && body.example === undefined ? [`${example} lacks body: { … }`] : []),
  ];
}

export interface ExampleRequest {
  path: string;
  init: { method: string; headers: Record<string, string>; body?: string };
}

/** An operation's example as a request, without its key. A body that is no JSON is the sender's. */
export function exampleOf({ method, path, parameters = [], requestBody }: Described): ExampleRequest {
  const given = parameters.filter(({ example }) => example !== undefined);
  const at = (place: Parameter["in"]): [string, string][] =>
    given.filter((parameter) => parameter.in === place).map(({ name, example }) => [name, String(example)]);
  const filled = at("path").reduce(
    (text, [name, value]) => text.replace(`{${name}}`, encodeURIComponent(value)),
    path,
  );
  const query = new URLSearchParams(at("query")).toString();
  const [type, content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  const headers = Object.fromEntries([
    ...at("header"),
    ...(type === undefined ? [] : [["content-type", type]]),
  ]) as Record<string, string>;
  return {
    path: query === "" ? filled : `${filled}?${query}`,
    init: {
      method,
      headers,
      ...(content?.example !== undefined && { body: JSON.stringify(content.example) }),
    },
  };
}

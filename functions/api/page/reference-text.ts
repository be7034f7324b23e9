/** The parts of a JSON Schema that a reader is told. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  format?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

/** The parts of an operation of OpenAPI that a reader is told. */
export interface Operation {
  operationId: string;
  summary: string;
  tags: string[];
  security?: Record<string, string[]>[];
  parameters?: { name: string; in: string; required?: boolean; schema?: Schema; example?: string | number }[];
  requestBody?: { content?: Record<string, { schema?: Schema; example?: unknown }> };
  responses: Record<string, { description: string; content?: Record<string, { schema?: Schema }> }>;
}

/** The name of the schema that is meant. It is null for one that has none. */
export const schemaName = (schema: Schema | undefined): string | null =>
  schema?.$ref?.split("/").at(-1) ?? null;

const DEPTH_MAX = 3;

interface Field {
  /** The way to it, with "[]" for each entry of a list. */
  path: string;
  schema: Schema;
  isRequired: boolean;
}

/** The fields of an object, and of the objects within it that have no name of their own. */
export function fieldsOf(schema: Schema, under = "", depth = 0): Field[] {
  if (depth > DEPTH_MAX) return [];
  const parts = [schema, ...(schema.allOf ?? [])];
  return parts.flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties).flatMap(([name, field]) => {
      const path = `${under}${name}`;
      const own: Field = { path, schema: field, isRequired: required.includes(name) };
      const inner = wholeOf(field);
      return [
        own,
        ...(inner.type === "array" && inner.items !== undefined
          ? fieldsOf(wholeOf(inner.items), `${path}[].`, depth + 1)
          : fieldsOf(inner, `${path}.`, depth + 1)),
      ];
    }),
  );
}

/** What a field is when it is not null. */
const wholeOf = (schema: Schema): Schema => {
  const [only, ...others] = (schema.anyOf ?? schema.oneOf ?? []).filter(({ type }) => type !== "null");
  return only !== undefined && others.length === 0 ? only : schema;
};

/** A type with its bounds in a few words: "string, at most 100 characters", "integer from 1 to 512, or null". */
export function typeText(schema: Schema | undefined): string {
  if (schema === undefined) return "any value";
  const name = schemaName(schema);
  if (name !== null) return name;
  const either = schema.anyOf ?? schema.oneOf;
  if (either !== undefined) return [...new Set(either.map(typeText))].join(", or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return `one of ${schema.enum.map(String).join(", ")}`;
  const types = [schema.type ?? "any value"].flat();
  const type = types
    .map((each) => (each === "array" ? `list of ${typeText(schema.items)}` : each))
    .join(", or ");
  const usual = schema.default === undefined ? "" : `; unless given, ${JSON.stringify(schema.default)}`;
  return `${type}${boundsOf(schema)}${usual}`;
}

/** Larger numbers are the limits of the notation and tell a reader nothing. */
const TOLD_MAX = 1e12;

function boundsOf(schema: Schema): string {
  const { minLength = 0, maxLength, minItems = 0, maxItems, exclusiveMinimum, minimum, maximum } = schema;
  const from = minimum ?? (exclusiveMinimum === undefined ? undefined : `more than ${exclusiveMinimum}`);
  const isTold = (bound: number | string | undefined): boolean =>
    bound !== undefined && (typeof bound === "string" || Math.abs(bound) < TOLD_MAX);
  return [
    isTold(from) && isTold(maximum) ? ` from ${from} to ${maximum}` : "",
    isTold(from) && !isTold(maximum) ? (typeof from === "string" ? `, ${from}` : `, at least ${from}`) : "",
    !isTold(from) && isTold(maximum) ? `, at most ${maximum}` : "",
    maxLength === undefined ? "" : `, ${minLength} to ${maxLength} characters`,
    maxItems === undefined ? "" : `, ${minItems} to ${maxItems} of them`,
    schema.format === undefined ? "" : ` (${schema.format})`,
  ].join("");
}

/** The example of an operation as a command, which the document's test sends too. */
export function curlOf(
  { method, path, parameters = [], requestBody }: Operation & { method: string; path: string },
  publicUrl: string,
): string {
  const at = (place: string) =>
    parameters.flatMap(({ name, in: where, example }) =>
      where === place && example !== undefined ? [[name, String(example)] as const] : [],
    );
  const filled = at("path").reduce((whole, [name, value]) => whole.replace(`{${name}}`, value), path);
  const query = new URLSearchParams(
    at("query").map(([name, value]): [string, string] => [name, value]),
  ).toString();
  const [type, body] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  const url = `${publicUrl}${filled}${query === "" ? "" : `?${query}`}`;
  const words = [
    `curl ${method === "get" ? "" : `-X ${method.toUpperCase()} `}'${url}'`,
    ...at("header").map(([name, value]) => `-H '${name}: ${value}'`),
    ...(type === undefined ? [] : [`-H 'content-type: ${type}'`]),
    ...(body?.example === undefined
      ? []
      : [`-d '${JSON.stringify(body.example, null, 2).replaceAll("'", "’")}'`]),
  ];
  return words.join(" \\\n  ");
}

import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { html, raw } from "hono/html";
import { ASK_ALWAYS } from "../../cache-control.ts";
import type { Service } from "../../service.ts";
import { openApiDocument } from "../openapi/openapi.ts";
import { document } from "./document.ts";
import { curlOf, fieldsOf, type Operation, type Schema, schemaName, typeText } from "./reference-text.ts";

type Html = ReturnType<typeof html>;
type Schemas = Record<string, Schema>;
interface Described {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Schemas };
}

const WHO: Record<string, string> = {
  adminKey: "the service's key, where it has one",
  agentToken: "an agent's token",
};

const STYLE = raw(`
.lead { font-size: 1.125rem; color: var(--muted); }
.contents { columns: 20rem; column-gap: 2rem; margin-bottom: 3rem; font-size: 0.875rem; }
.contents a { display: flex; break-inside: avoid; }
.contents b { flex: none; }
.contents ul { margin: 0; padding: 0; list-style: none; }
.contents h2 { margin: 0; padding-top: 1rem; font-size: 1rem; break-after: avoid; }
.contents a, .operation h3 a { color: inherit; text-decoration: none; }
.contents a:hover { text-decoration: underline; }
.contents a, .operation h3, .schema code { font-family: var(--mono); }
b { display: inline-block; min-width: 4.2em; color: var(--blue); font-weight: 500; }
b.post, b.put, b.patch { color: var(--good); }
b.delete { color: var(--red); }
.operation { margin-top: 2rem; padding-top: 1.5rem; border-top: 1px solid var(--line); scroll-margin-top: 1rem; }
.operation h3 { margin: 0 0 0.5rem; font-size: 1rem; font-weight: 500; }
.operation p { margin: 0 0 1rem; }
.operation dl, .schema dl { display: grid; grid-template-columns: minmax(7rem, 14rem) minmax(0, 1fr); gap: 0.35rem 1.5rem; margin: 0 0 1.25rem; font-size: 0.9375rem; }
dt { color: var(--muted); }
dd { margin: 0; }
.refused span { margin-right: 1rem; font-size: 0.875rem; }
.schema { padding: 0.5rem 0; border-top: 1px solid var(--line); }
.schema dl { margin-top: 1rem; }
summary { cursor: pointer; }
small { color: var(--muted); font-size: 0.8125rem; }
summary small { margin-left: 0.75rem; }
.schema:target { scroll-margin-top: 1rem; }
@media (max-width: 40rem) { .operation dl, .schema dl { grid-template-columns: minmax(0, 1fr); gap: 0; } dd { margin-bottom: 0.6rem; } }
`);

/** `GET /api/` answers the OpenAPI document as a page for people. It is made once, because no route changes. */
export function readReference(app: OpenAPIHono, service: Service) {
  let page: Html | undefined;
  return (c: Context): Response | Promise<Response> => {
    page ??= referenceOf(readDocument(app, service), service.config.publicUrl);
    return c.html(page, 200, { "cache-control": ASK_ALWAYS });
  };
}

/** The document as a caller reads it. */
const readDocument = (app: OpenAPIHono, service: Service): Described =>
  JSON.parse(JSON.stringify(openApiDocument(app, service))) as Described;

function referenceOf({ paths, components: { schemas } }: Described, publicUrl: string): Html {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method })),
  );
  const tags = [...new Set(operations.flatMap(({ tags: [tag] }) => tag ?? []))];
  const ofTag = (tag: string) => operations.filter(({ tags: [first] }) => first === tag);
  return document(
    "API",
    html`<style>
        ${STYLE}
      </style>
      <p class="lead">
        ${operations.length} operations over HTTP and JSON. Requests and answers are checked by the schemas
        below, and
        <a href="../openapi.json">openapi.json</a> is the same document for programs. A refused request is
        answered by a <a href="../problems">problem</a> that says what to do.
      </p>
      <nav class="contents" aria-label="Operations">
        ${tags.map(
          (tag) =>
            html`<div>
              <h2>${tag}</h2>
              <ul>
                ${ofTag(tag).map(
                  ({ operationId, method, path }) =>
                    html`<li>
                      <a href="#${operationId}"><b>${method.toUpperCase()}</b> ${path}</a>
                    </li>`,
                )}
              </ul>
            </div>`,
        )}
      </nav>
      ${tags.map((tag) => ofTag(tag).map((operation) => operationOf(operation, publicUrl)))}
      <h2 id="schemas">Schemas</h2>
      <p>A field is always there unless it says that it may be left out.</p>
      ${Object.entries(schemas).map(([name, schema]) => schemaOf(name, schema))}`,
    { up: "../", place: "api" },
  );
}

function operationOf(operation: Operation & { path: string; method: string }, publicUrl: string): Html {
  const {
    operationId,
    method,
    path,
    summary,
    parameters = [],
    requestBody,
    responses,
    security = [],
  } = operation;
  const who = security.flatMap((each) => Object.keys(each)).map((name) => WHO[name] ?? name);
  const body = Object.values(requestBody?.content ?? {})[0]?.schema;
  const command = curlOf(operation, publicUrl);
  return html`<section class="operation" id="${operationId}">
    <h3>
      <a href="#${operationId}"><b class="${method}">${method.toUpperCase()}</b> ${path}</a>
    </h3>
    <p>${summary}.</p>
    <dl>
      <dt>Who</dt>
      <dd>${who.length === 0 ? "anyone" : who.join(", or ")}</dd>
      ${parameters.map(
        ({ name, in: place, required = false, schema }) =>
          html`<dt><code>${name}</code></dt>
            <dd>${place}${required ? "" : ", may be left out"}: ${typed(schema)}</dd>`,
      )}
      ${
        body === undefined
          ? ""
          : html`<dt>Body</dt>
              <dd>${typed(body)}</dd>`
      }
      ${Object.entries(responses)
        .filter(([status]) => Number(status) < 400)
        .map(
          ([status, { description, content = {} }]) =>
            html`<dt>${status}</dt>
              <dd>${answer(description, Object.entries(content)[0])}</dd>`,
        )}
      <dt>Refused</dt>
      <dd class="refused">
        ${Object.entries(responses)
          .filter(([status]) => Number(status) >= 400)
          .map(
            ([status, { description }]) =>
              html`<span
                >${status}
                ${problemsIn(description).map((type) => html`<a href="../problems/${type}">${type}</a> `)}</span
              >`,
          )}
      </dd>
    </dl>
    <pre tabindex="0" role="region" aria-label="${operationId} by curl">${command}</pre>
  </section>`;
}

/** What is answered: a schema, or a kind of file. */
function answer(description: string, first: [string, { schema?: Schema }] | undefined): Html {
  if (first === undefined) return html`${description}`;
  const [type, { schema }] = first;
  return type === "application/json" && schema !== undefined ? typed(schema) : html`${description} (${type})`;
}

/** The types of the problems that the document names for one status. */
const problemsIn = (description: string): string[] =>
  description.split("; ").map((each) => each.slice(0, each.indexOf(":")));

const typed = (schema: Schema | undefined): Html => {
  const name = schemaName(schema);
  return name === null ? html`${typeText(schema)}` : html`<a href="#schema-${name}">${name}</a>`;
};

function schemaOf(name: string, schema: Schema): Html {
  const fields = fieldsOf(schema);
  return html`<details class="schema" id="schema-${name}">
    <summary>
      <code>${name}</code>
      <small>${fields.length === 0 ? typeText(schema) : `${fields.length} fields`}</small>
    </summary>
    <dl>
      ${fields.map(
        ({ path, schema: field, isRequired }) =>
          html`<dt><code>${path}</code></dt>
            <dd>
              ${typed(field)}${isRequired ? "" : ", may be left out"}${
                field.description === undefined ? "" : html`<br /><small>${field.description}</small>`
              }
            </dd>`,
      )}
    </dl>
  </details>`;
}

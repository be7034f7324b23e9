import { startLocalService } from "@brimline/functions/local";
import openapiTS, { astToString, type OpenAPI3 } from "openapi-typescript";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * `node packages/client/generate.ts` writes `api.ts` anew from the OpenAPI document of a service that it starts. A
 * test says when that is due.
 */

const HEAD = `/* Made by packages/client/generate.ts from the service's OpenAPI document. */

`;

/** Schemas of any JSON. They name themselves, which TypeScript does not allow of what is written for them. */
const ANY_JSON = "Json_";

/** The document as types. A field with a default may be left out of a request. */
export async function typesOf(document: OpenAPI3): Promise<string> {
  const schemas = Object.entries(document.components?.schemas ?? {});
  const plain = schemas.map(([name, schema]) => [name, name.startsWith(ANY_JSON) ? {} : schema]);
  const made = await openapiTS(
    { ...document, components: { ...document.components, schemas: Object.fromEntries(plain) } },
    { defaultNonNullable: false },
  );
  return HEAD + astToString(made);
}

async function main(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), "brimline-client-"));
  const service = await startLocalService({ port: 0, dataDir });
  try {
    const document = (await (await fetch(new URL("/openapi.json", service.url))).json()) as OpenAPI3;
    await writeFile(new URL("api.ts", import.meta.url), await typesOf(document));
  } finally {
    await service.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

if (import.meta.main) await main();

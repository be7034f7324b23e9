import { readFile } from "node:fs/promises";
import ts from "typescript";

/** The packages whose types lie beside those of the client. */
export const CLIENT_TYPES = ["openapi-fetch", "openapi-typescript-helpers"];

/**
 * The types of the client as files of one folder by name, for a package that has the client in one file. They name one
 * another and no other package.
 */
export async function declarations(): Promise<Map<string, string>> {
  const read = (path: string): Promise<string> => readFile(new URL(path, import.meta.url), "utf8");
  const { outputText } = ts.transpileDeclaration(await read("client.ts"), { compilerOptions: {} });
  const others = CLIENT_TYPES.map(async (name): Promise<[string, string]> => [
    `${name}.d.ts`,
    within(await read(`../../node_modules/${name}/dist/index.d.mts`)),
  ]);
  return new Map([
    ["index.d.ts", within(outputText)],
    ["api.d.ts", await read("api.ts")],
    ...(await Promise.all(others)),
  ]);
}

const within = (text: string): string =>
  text.replaceAll(/(from\s+['"])([^'"]+)(['"])/g, (_, before: string, from: string, after: string) => {
    const name = from.replace(/^\.\/|\.ts$/g, "");
    if (name !== "api" && !CLIENT_TYPES.includes(name))
      throw new Error(`the client's types import ${from}, which the package does not have`);
    return `${before}./${name}.js${after}`;
  });

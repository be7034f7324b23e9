import { served } from "@brimline/testkit/functions/served";
import { testbed } from "@brimline/testkit/functions/testbed";
import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import brimline from "../../package.json" with { type: "json" };
import { buildPackage, PROGRAMS } from "./build.ts";

/** The npm package as it is built, without npm: its files, and what they do on this Node and on an old one. */
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");
const run = promisify(execFile);

/** The Node of the machine, where it is another one than npm scripts use. */
async function oldNode(): Promise<string | null> {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  for (const folder of folders.filter((each) => !each.includes("node_modules"))) {
    const program = join(folder, "node");
    const version = await run(program, ["--version"]).catch(() => null);
    const [major = 0, minor = 0] = (version?.stdout.slice(1) ?? "").split(".").map(Number);
    if (version !== null) return (major === 20 && minor >= 15) || (major > 20 && major < 24) ? program : null;
  }
  return null;
}
const nodes = [
  ["this Node", process.execPath],
  ["the machine's older Node, of 20.15 to 23", (await oldNode()) ?? ""],
] as const;

let folder: string;
let files: string[];
const textOf = (file: string): string => readFileSync(join(folder, file), "latin1");
beforeAll(async () => {
  // It lies where it finds the binaries that npm would install beside it.
  folder = join(ROOT, "node_modules/.cache", `brimline-package-${process.pid}`);
  await run(process.execPath, [join(ROOT, "site/build.ts")]);
  await buildPackage(folder);
  files = globSync("**", { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the package", () => {
  test("has programs, the built site and what npm wants, and nothing else", () => {
    const KNOWN =
      /^(?:bin\/brimline\.mjs|lib\/client\/(?:index\.js|[\w-]+\.d\.ts)|lib\/(?:collectors\/)?[\w-]+\.js|lib\/site\/server\/(?:chunks\/)?[\w.-]+\.mjs|lib\/site\/client\/_astro\/[\w-]+\.(?:css|js|svg|woff2))$/;
    expect(files.filter((file) => !KNOWN.test(file))).toEqual([
      "LICENSE",
      "README.md",
      "THIRD-PARTY-LICENSES.txt",
      "man/brimline.1",
      "package.json",
    ]);
  });

  test("installs binaries alone, and runs nothing at its install", () => {
    const { version, bin, engines, dependencies, optionalDependencies, scripts } = JSON.parse(
      textOf("package.json"),
    ) as Record<string, unknown>;
    expect({ version, bin, engines, scripts }).toEqual({
      version: brimline.version,
      bin: { brimline: "bin/brimline.mjs" },
      engines: { node: ">=20.15.0" },
      scripts: undefined,
    });
    expect([dependencies, optionalDependencies].map((each) => Object.keys(each ?? {}))).toEqual([
      ["@resvg/resvg-js"],
      ["@koromix/koffi-linux-x64", "@koromix/koffi-linux-arm64"],
    ]);
  });

  test("has a client whose types hold for the example of its README", async () => {
    // A package may import itself by its name.
    await writeFile(join(folder, "example.ts"), exampleOf(textOf("README.md")));
    const flags = [
      "--ignoreConfig",
      "--noEmit",
      "--strict",
      "--module",
      "nodenext",
      "--target",
      "es2024",
      "--types",
      "node",
    ];
    const { stdout } = await run(process.execPath, [TSC, ...flags, "example.ts"], { cwd: folder });
    expect(stdout).toBe("");
  });

  test("has nothing that only deploys or tests", () => {
    const OURS = /^\/\/ ((?:agent|functions|infra|packages|site)\/.*)$/gm;
    const sources = files.flatMap((file) => [...textOf(file).matchAll(OURS)].map((match) => match[1] ?? ""));
    expect(sources).toContain("functions/local/pool.ts");
    const OUTSIDE = /^(?:functions\/aws|infra|packages\/(?:bench|deploy|testkit))\/|\.test\.ts$|stand-in/;
    expect(sources.filter((source) => OUTSIDE.test(source))).toEqual([]);
  });

  test("names no path of the machine that built it", () => {
    const places = [ROOT, folder, `${process.env["HOME"] ?? ROOT}/`];
    expect(files.filter((file) => places.some((place) => textOf(file).includes(place)))).toEqual([]);
  });

  test("says whose code is in it", () => {
    const licenses = textOf("THIRD-PARTY-LICENSES.txt");
    for (const name of ["undici", "koffi", "vega", "@fontsource/jetbrains-mono", "core-js"])
      expect(licenses).toMatch(new RegExp(`^${name} \\d[\\d.]* \\(\\S+\\)\n\n\\S`, "m"));
  });
});

describe.each(nodes)("on %s", (_, node) => {
  const brimlineOf = (args: string[]) =>
    run(node, [join(folder, "bin/brimline.mjs"), ...args], { cwd: folder });

  test.skipIf(node === "")("it tells its version", async () =>
    expect((await brimlineOf(["--version"])).stdout).toBe(`${brimline.version}\n`),
  );

  test.skipIf(node === "")("it plans a job", async () => {
    const job = ["http://127.0.0.1:8000/v1", "--model", "m", "--levels", "1,2", "--duration", "30"];
    expect((await brimlineOf(["bench", ...job, "--dry-run"])).stdout).toMatch(/2 users/);
  });

  test.skipIf(node === "")("the example of its client submits a job", async () => {
    const bed = await testbed();
    const url = await served(bed);
    const example = exampleOf(textOf("README.md")).replace("http://127.0.0.1:4870", url);
    const { stdout } = await run(node, ["--input-type=module", "--eval", example], { cwd: folder });
    expect(stdout).toBe(`${bed.started[0]} queued\n`);
  });

  test.skipIf(node === "")("whatever it loads loads, and its site renders", async () => {
    const { stdout } = await run(node, ["--input-type=module", "--eval", loading(files)], { cwd: folder });
    expect(stdout).toBe("by/index.html\n");
  });
});

/** The first TypeScript of a README. It has no types of its own, so that Node takes it as it is. */
const exampleOf = (readme: string): string => /```ts\n([^]*?)```/.exec(readme)?.[1] ?? "";

/** A program that loads all that a program of the package may, but no program: it would begin. */
function loading(all: string[]): string {
  const started = Object.keys(PROGRAMS).map((name) => `lib/${name}.js`);
  const first = started.flatMap((file) => [...textOf(file).matchAll(/import\("\.\/([\w-]+\.js)"\)/g)]);
  const apart = new Set([...started, ...first.map((match) => `lib/${match[1]}`)]);
  const polyfills = [...apart].find((file) => file.startsWith("lib/polyfills"));
  const rest = all.filter((file) => /^lib\/(?:collectors\/)?[^/]+\.js$/.test(file) && !apart.has(file));
  return `for (const file of ${JSON.stringify([polyfills, ...rest])}) await import("./" + file);
    const { renderLists } = await import("./lib/site/server/entry.mjs");
    const [page] = await renderLists({ pages: [], shelves: [] });
    console.log(page.path);
    process.exit(0);`;
}

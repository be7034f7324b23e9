import { build, type Metafile, type Plugin, transform } from "esbuild";
import { execFile } from "node:child_process";
import { existsSync, globSync, readdirSync } from "node:fs";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import brimline from "../../package.json" with { type: "json" };
import site from "../../site/package.json" with { type: "json" };
import { CLIENT_TYPES, declarations } from "@brimline/client/declarations";
import load from "../load/package.json" with { type: "json" };

/**
 * `node packages/npm/build.ts [folder]` makes the npm package `brimline` in `packages/npm/dist` (or the folder), from
 * the sources and the site as it was built. `npm run pack` builds the site first, and packs the result.
 */
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const HERE = import.meta.dirname;
const run = promisify(execFile);
const SITE = join(ROOT, "site/dist");
/** The oldest Node that has what the bundle takes of Node's own modules: `crc32` came with it. */
const NODE = "20.15.0";

/** The programs of the package, which are started or loaded by their place, under their names in `lib`. */
export const PROGRAMS: Record<string, string> = {
  main: "packages/cli/main.ts",
  worker: "functions/local/worker.ts",
  "certificate-server": "packages/load/certificate/certificate-server.ts",
  agent: "agent/main.ts",
  sim: "packages/sim/main.ts",
  "sim-nvidia-smi": "packages/sim/nvidia-smi.ts",
};
/** Where `lib` has what sources name by its place. A file that builds the site is not packed. */
const PLACES = new Map([
  ...Object.entries(PROGRAMS).map(([name, source]): [string, string] => [source, `./${name}.js`]),
  ["agent/collectors", "./collectors/"],
  ["package.json", "../package.json"],
  ["site/build.ts", "./site/build.ts"],
  ["site/dist/server/entry.mjs", "./site/server/entry.mjs"],
]);
/** koffi's binaries for the two platforms that have the kernel's clock. koffi itself is in the bundle. */
const KOFFI = ["@koromix/koffi-linux-x64", "@koromix/koffi-linux-arm64"];

/** Makes the package in this folder, which it empties first. It throws where the site was not built. */
export async function buildPackage(folder = join(HERE, "dist")): Promise<void> {
  if (!existsSync(join(SITE, "server/entry.mjs")))
    throw new Error("the site was not built: run node site/build.ts first");
  const lib = join(folder, "lib");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(join(HERE, "package"), folder, { recursive: true });
  await cp(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
  await writeFile(join(folder, "package.json"), `${JSON.stringify(manifest(), null, 2)}\n`);
  const { metafile } = await bundle(lib);
  await packClient(join(lib, "client"));
  await packSite(join(lib, "site"));
  // The program prints its own manual page, which npm puts where man finds it.
  const { stdout: page } = await run(process.execPath, [join(folder, "bin/brimline.mjs"), "man"]);
  await mkdir(join(folder, "man"));
  await writeFile(join(folder, "man/brimline.1"), page);
  await writeFile(join(folder, "THIRD-PARTY-LICENSES.txt"), await licenses(metafile));
}

const manifest = () => ({
  name: "brimline",
  version: brimline.version,
  description: brimline.description,
  license: brimline.license,
  keywords: ["llm", "benchmark", "inference", "load-testing", "vllm", "openai"],
  type: "module",
  bin: { brimline: "bin/brimline.mjs" },
  exports: { ".": "./lib/client/index.js", "./package.json": "./package.json" },
  types: "./lib/client/index.d.ts",
  man: "man/brimline.1",
  files: ["bin", "lib", "man", "THIRD-PARTY-LICENSES.txt"],
  engines: { node: `>=${NODE}` },
  dependencies: { "@resvg/resvg-js": site.dependencies["@resvg/resvg-js"] },
  optionalDependencies: Object.fromEntries(KOFFI.map((name) => [name, load.optionalDependencies.koffi])),
});

const OPTIONS = {
  absWorkingDir: ROOT,
  platform: "node",
  format: "esm",
  target: `node${NODE}`,
  logLevel: "warning",
} as const;

/** Bundles the programs. What they share, and what they load when it is needed, becomes files of its own. */
function bundle(lib: string): Promise<{ metafile: Metafile }> {
  const collectors = readdirSync(join(ROOT, "agent/collectors"))
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => `agent/collectors/${file}`);
  return build({
    ...OPTIONS,
    entryPoints: [
      ...Object.keys(PROGRAMS).map((name) => ({ in: `program:${name}`, out: name })),
      ...collectors.map((file) => ({ in: file, out: file.replace("agent/", "").replace(".ts", "") })),
    ],
    outdir: lib,
    bundle: true,
    splitting: true,
    chunkNames: "[name]-[hash]",
    external: KOFFI,
    metafile: true,
    legalComments: "none",
    plugins: [programs, places],
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
    },
  });
}

/** A program of the package first gives an old Node what it lacks. */
const programs: Plugin = {
  name: "programs",
  setup(on) {
    on.onResolve({ filter: /^program:/ }, ({ path }) => ({
      path: path.replace("program:", ""),
      namespace: "program",
    }));
    on.onResolve({ filter: /^undici$/ }, () => ({ path: join(HERE, "undici.mjs") }));
    on.onLoad({ filter: /./, namespace: "program" }, ({ path }) => ({
      contents: `if (!("Iterator" in globalThis && "parse" in URL)) await import("./packages/npm/polyfills.ts");
await import("./${PROGRAMS[path]}");`,
      resolveDir: ROOT,
    }));
  },
};

const OTHERWISE = /import\.meta\.(?:resolve|dirname|filename)/;
const BY_PLACE = /new URL\(\s*"([^"]+)",\s*import\.meta\.url\s*\)/g;

/** Sources name files by their place. All files of `lib` that run lie beside one another, so the places change. */
const places: Plugin = {
  name: "places",
  setup(on) {
    on.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (path.includes("node_modules")) return undefined;
      const source = await readFile(path, "utf8");
      if (OTHERWISE.test(source))
        throw new Error(
          `${relative(ROOT, path)} asks where it lies: name what it looks for by new URL("…", import.meta.url)`,
        );
      const contents = source.replaceAll(BY_PLACE, (_, named: string) => {
        const file = relative(ROOT, resolve(dirname(path), named));
        const place = PLACES.get(file);
        if (place === undefined)
          throw new Error(
            `${relative(ROOT, path)} names ${file}, which has no place in the package: give it one`,
          );
        return `new URL("${place}", import.meta.url)`;
      });
      return { contents, loader: "ts" };
    });
  },
};

/** What `import { createClient } from "brimline"` loads: a file without anything of Node's, and its types. */
async function packClient(folder: string): Promise<void> {
  await build({
    ...OPTIONS,
    platform: "neutral",
    mainFields: ["module", "main"],
    entryPoints: ["packages/client/client.ts"],
    outfile: join(folder, "index.js"),
    bundle: true,
    legalComments: "none",
  });
  for (const [file, text] of await declarations()) await writeFile(join(folder, file), text);
}

/** The built site, in the syntax of the oldest Node. Its server finds its client beside it. */
async function packSite(folder: string): Promise<void> {
  await cp(join(SITE, "client/_astro"), join(folder, "client/_astro"), { recursive: true });
  for (const file of globSync("server/**/*.mjs", { cwd: SITE })) {
    const { code } = await transform(await readFile(join(SITE, file), "utf8"), { target: OPTIONS.target });
    const to = join(folder, file);
    await mkdir(dirname(to), { recursive: true });
    await writeFile(to, code.replaceAll(ROOT, "/brimline/").replaceAll(BUILD_FOLDER, "site/dist"));
  }
}

/** Astro writes down where it built, and nobody reads it. */
const BUILD_FOLDER = /site\/\.astro\/build-\d+/g;

interface Licensed {
  name: string;
  version: string;
  identifier?: string;
  text?: string;
}

/** The licenses of all packages whose code, types or fonts are in the package. */
async function licenses(metafile: Metafile): Promise<string> {
  const folders = Object.keys(metafile.inputs).flatMap(
    (file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [],
  );
  // Fonts, and what the scripts of pages bundle.
  const inPages = Object.keys(site.dependencies).filter((name) => /^(?:@fontsource|vega)/.test(name));
  const ofSite = JSON.parse(await readFile(join(SITE, "server/licenses.json"), "utf8")) as Licensed[];
  const copied = [...inPages, ...CLIENT_TYPES].map((name) => `node_modules/${name}`);
  const ours = [...new Set([...folders, ...copied])];
  const all = new Map(
    [...ofSite, ...(await Promise.all(ours.map(licensed)))].map((each) => [
      `${each.name} ${each.version}`,
      each,
    ]),
  );
  return [...all]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([title, { identifier, text }]) => `${title} (${identifier})\n\n${text ?? ""}`.trim())
    .join(`\n\n${"-".repeat(80)}\n\n`);
}

async function licensed(folder: string): Promise<Licensed> {
  const { name, version, license } = JSON.parse(
    await readFile(join(ROOT, folder, "package.json"), "utf8"),
  ) as { name: string; version: string; license: string };
  const file = readdirSync(join(ROOT, folder)).find((each) => /^(?:un)?licen[cs]e/i.test(each));
  return {
    name,
    version,
    identifier: license,
    ...(file !== undefined && { text: (await readFile(join(ROOT, folder, file), "utf8")).trim() }),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await buildPackage(process.argv[2]);

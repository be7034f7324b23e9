import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { CATALOGUE, TIMELINE, type Words } from "@brimline/core/report/catalogue";
import { describe, expect, test } from "vitest";

/**
 * The rooms of the house, and whom each may import. A room is a folder, or a file that wires one; a file belongs to
 * the room with the longest name that fits, and files in one room may import one another. `room/**` stands for a room
 * and all rooms in it. Arrows run one way.
 */
const MAY_IMPORT: Record<string, string[]> = {
  "packages/core": [],
  "packages/core/dialect": ["packages/core"],
  "packages/core/load": ["packages/core"],
  "packages/core/math": [],
  "packages/core/record": ["packages/core", "packages/core/dialect"],
  "packages/core/record/answer": ["packages/core", "packages/core/dialect", "packages/core/record"],
  "packages/core/record/columns": ["packages/core", "packages/core/record"],
  "packages/core/record/telemetry": ["packages/core", "packages/core/record"],
  "packages/core/scrape": ["packages/core", "packages/core/record/**"],
  "packages/core/job/spec": ["packages/core", "packages/core/dialect", "packages/core/load"],
  "packages/core/job/request": [
    "packages/core",
    "packages/core/dialect",
    "packages/core/load",
    "packages/core/math",
    "packages/core/job/spec",
  ],
  "packages/core/job/state": ["packages/core", "packages/core/load", "packages/core/job/spec"],
  "packages/core/job/level": [
    "packages/core",
    "packages/core/load",
    "packages/core/math",
    "packages/core/record/**",
    "packages/core/job/spec",
    "packages/core/job/request",
    "packages/core/job/state",
  ],
  "packages/core/job/search": [
    "packages/core",
    "packages/core/load",
    "packages/core/math",
    "packages/core/record/**",
    "packages/core/job/spec",
    "packages/core/job/level",
  ],
  "packages/core/job/plan": [
    "packages/core",
    "packages/core/dialect",
    "packages/core/load",
    "packages/core/record/**",
    "packages/core/job/spec",
    "packages/core/job/request",
    "packages/core/job/state",
    "packages/core/job/level",
    "packages/core/job/search",
  ],
  "packages/core/job": [
    "packages/core",
    "packages/core/dialect",
    "packages/core/load",
    "packages/core/job/spec",
    "packages/core/job/plan",
  ],
  "packages/core/metric/statistics": ["packages/core", "packages/core/math", "packages/core/record/**"],
  "packages/core/metric/window": [
    "packages/core",
    "packages/core/load",
    "packages/core/math",
    "packages/core/record/**",
    "packages/core/metric/statistics",
  ],
  "packages/core/metric/chunk": [
    "packages/core",
    "packages/core/math",
    "packages/core/record/**",
    "packages/core/metric/statistics",
    "packages/core/metric/window",
  ],
  "packages/core/metric/energy": [
    "packages/core",
    "packages/core/record/**",
    "packages/core/metric/statistics",
    "packages/core/metric/window",
  ],
  "packages/core/metric/server": [
    "packages/core",
    "packages/core/math",
    "packages/core/record/**",
    "packages/core/metric/statistics",
    "packages/core/metric/window",
  ],
  "packages/core/metric/saturation": [
    "packages/core",
    "packages/core/math",
    "packages/core/metric/statistics",
  ],
  "packages/core/metric": [
    "packages/core",
    "packages/core/math",
    "packages/core/record/**",
    "packages/core/job/**",
    "packages/core/metric/statistics",
    "packages/core/metric/window",
    "packages/core/metric/chunk",
  ],
  "packages/core/metric/hardware": [
    "packages/core",
    "packages/core/job/spec",
    "packages/core/metric",
    "packages/core/metric/statistics",
    "packages/core/metric/window",
    "packages/core/metric/chunk",
  ],
  "packages/core/report": [
    "packages/core",
    "packages/core/dialect",
    "packages/core/load",
    "packages/core/math",
    "packages/core/record/**",
    "packages/core/scrape",
    "packages/core/job/**",
    "packages/core/metric/**",
  ],
  "packages/core/compare": [
    "packages/core",
    "packages/core/load",
    "packages/core/job/**",
    "packages/core/math",
    "packages/core/metric/**",
    "packages/core/report",
  ],
  "packages/core/trend": [
    "packages/core",
    "packages/core/compare",
    "packages/core/load",
    "packages/core/math",
    "packages/core/report",
  ],

  "packages/load": [],
  "packages/load/clock": [],
  "packages/load/guard": ["packages/core/**"],
  "packages/load/kernel": [],
  "packages/load/request": ["packages/core/**"],
  "packages/load/transport": [
    "packages/core/**",
    "packages/load/clock",
    "packages/load/guard",
    "packages/load/kernel",
    "packages/load/request",
  ],
  "packages/load/certificate": [
    "packages/core/**",
    "packages/load/clock",
    "packages/load/guard",
    "packages/load/request",
    "packages/load/transport",
  ],
  "packages/load/preflight": [
    "packages/core/**",
    "packages/load/guard",
    "packages/load/request",
    "packages/load/transport",
  ],
  "packages/load/scrape": [
    "packages/core/**",
    "packages/load/guard",
    "packages/load/request",
    "packages/load/transport",
  ],
  "packages/load/level": [
    "packages/core/**",
    "packages/load/clock",
    "packages/load/guard",
    "packages/load/request",
    "packages/load/transport",
  ],

  "packages/store": ["packages/core/**", "packages/lock"],
  "packages/durable": [],
  "packages/lock": ["packages/core/**"],
  "packages/sim": ["packages/core/**"],
  "packages/client": [],
  "packages/mcp": ["packages/client", "packages/core/**"],
  "packages/client/generate": ["functions/local"],
  "packages/cli": [
    "packages/client",
    "packages/mcp",
    "packages/core/**",
    "packages/load/kernel",
    "packages/store",
    "packages/lock",
    "functions/local",
    "functions/local-agent",
    "functions/demo",
  ],

  functions: ["packages/core/**", "packages/load/**", "packages/store"],
  "functions/objects": ["packages/core/**", "packages/store", "functions"],
  "functions/webhook": ["packages/core/**", "packages/load/**", "functions", "functions/objects"],
  "functions/tasks": [
    "packages/core/**",
    "packages/load/**",
    "packages/store",
    "functions",
    "functions/objects",
    "functions/webhook",
  ],
  "functions/job": [
    "packages/core/**",
    "packages/store",
    "functions",
    "functions/objects",
    "functions/webhook",
    "functions/tasks",
  ],
  "functions/api": [
    "packages/client",
    "packages/mcp",
    "packages/core/**",
    "packages/load/**",
    "packages/store",
    "functions",
    "functions/objects",
  ],
  "functions/local": [
    "packages/core/**",
    "packages/load/**",
    "packages/store",
    "packages/durable",
    "packages/lock",
    "functions",
    "functions/objects",
    "functions/tasks",
    "functions/job",
    "functions/api",
  ],
  "functions/aws": [
    "packages/core/**",
    "packages/load/**",
    "packages/store",
    "functions",
    "functions/objects",
    "functions/tasks",
    "functions/job",
    "functions/api",
  ],
  "functions/local-agent": ["functions/local"],
  "functions/demo": ["packages/core/**", "functions", "functions/local", "functions/local-agent"],

  "packages/npm": ["packages/client"],
  "packages/action": [],
  "packages/container": [],

  agent: ["packages/core/**", "packages/lock"],
  site: ["packages/core/**", "packages/lock"],

  "packages/testkit": [
    "packages/core/**",
    "packages/load/**",
    "packages/store",
    "packages/durable",
    "functions/**",
  ],
  "packages/bench": [
    "packages/core/**",
    "packages/load/**",
    "packages/store",
    "packages/sim",
    "packages/testkit",
  ],
  "packages/deploy": [
    "packages/core/**",
    "packages/load/**",
    "packages/store",
    "packages/durable",
    "packages/sim",
    "packages/testkit",
    "functions/**",
    "infra",
  ],
  infra: [],
};
/** What a test may import besides what any room of its package may. */
const FOR_TESTS = ["packages/sim", "packages/testkit"];
/** The folder of each package by its name, as imports write it. */
const FOLDERS: Record<string, string> = {
  "@brimline/core": "packages/core",
  "@brimline/load": "packages/load",
  "@brimline/store": "packages/store",
  "@brimline/durable": "packages/durable",
  "@brimline/lock": "packages/lock",
  "@brimline/sim": "packages/sim",
  "@brimline/client": "packages/client",
  "@brimline/mcp": "packages/mcp",
  "@brimline/npm": "packages/npm",
  "@brimline/action": "packages/action",
  "@brimline/container": "packages/container",
  "@brimline/bench": "packages/bench",
  "@brimline/deploy": "packages/deploy",
  "@brimline/testkit": "packages/testkit",
  "@brimline/functions": "functions",
  "@brimline/agent": "agent",
  "@brimline/site": "site",
};

const root = import.meta.dirname;
const packages = Object.values(FOLDERS).concat("packages/cli", "infra");
const sources = packages.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => /\.(ts|astro|mjs)$/.test(file) && !/\/(node_modules|dist|\.astro)\//.test(file)),
);
const textOf = (file: string): string => readFileSync(join(root, file), "utf8");
const isTest = (file: string): boolean => file.endsWith(".test.ts");

const rooms = Object.keys(MAY_IMPORT).toSorted((a, b) => b.length - a.length);
const roomOf = (file: string): string => {
  const path = file.replace(/\.\w+$/, "");
  return rooms.find((room) => path === room || path.startsWith(`${room}/`)) ?? path;
};
const packageOf = (file: string): string =>
  packages.find((folder) => `${file}/`.startsWith(`${folder}/`)) ?? file;

const IMPORT =
  /(?:^|[\s;])(?:import|export)\s[^"'`;]*?from\s*["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)|^import\s*["']([^"']+)["']/gm;
const importsIn = (text: string): string[] =>
  [...text.matchAll(IMPORT)].flatMap((match) => match[1] ?? match[2] ?? match[3] ?? []);
const importsOf = (file: string): string[] => importsIn(textOf(file));

/** The file that an import leads to; null outside the house, and for the facts about a package. */
function fileOf(from: string, specifier: string): string | null {
  if (specifier.endsWith("/package.json")) return null;
  if (specifier.startsWith(".")) return relative(root, resolve(root, dirname(from), specifier));
  const [scope, name, ...path] = specifier.split("/");
  const folder = FOLDERS[`${scope}/${name}`];
  return folder === undefined ? null : `${folder}/${path.join("/")}.ts`;
}

const TYPES_ONLY = /(?:^|[\s;])(?:import|export) type [^"'`;]*?from\s*["'][^"']+["']/gm;

/** The values that a file imports, or only those that it imports at its start. */
function valuesOf(file: string, isAtStart: boolean): string[] {
  const code = textOf(file).replaceAll(TYPES_ONLY, "");
  return importsIn(isAtStart ? code.replaceAll(/\bimport\(/g, "later(") : code);
}

/** The files of the house that run when a program does, if it takes all its ways, or only when it starts. */
function loadedBy(program: string, { isAtStart = false } = {}): Set<string> {
  const loaded = new Set([program]);
  for (const file of loaded) {
    if (!sources.includes(file)) continue;
    for (const specifier of valuesOf(file, isAtStart)) {
      const to = fileOf(file, specifier);
      if (to !== null) loaded.add(to);
    }
  }
  return loaded;
}

function mayImport(from: string, to: string): boolean {
  const [own, other] = [roomOf(from), roomOf(to)];
  if (own === other || (isTest(from) && packageOf(from) === packageOf(to))) return true;
  const allowed = isTest(from)
    ? rooms.filter((room) => packageOf(room) === packageOf(from)).flatMap((room) => MAY_IMPORT[room] ?? [])
    : (MAY_IMPORT[own] ?? []);
  return [...allowed, ...(isTest(from) ? FOR_TESTS : [])].some((room) =>
    room.endsWith("/**") ? `${other}/`.startsWith(room.slice(0, -2)) : room === other,
  );
}

describe("the walls of the house", () => {
  test("every room stands", () => {
    const empty = rooms.filter((room) => !sources.some((file) => roomOf(file) === room));
    expect(empty).toEqual([]);
  });

  test.each(rooms)("%s imports only what it may", (room) => {
    const wrong = sources
      .filter((file) => roomOf(file) === room)
      .flatMap((file) =>
        importsOf(file)
          .filter((specifier) => {
            const to = fileOf(file, specifier);
            return to !== null && !mayImport(file, to);
          })
          .map((specifier) => `${file} → ${specifier}`),
      );
    expect(wrong).toEqual([]);
  });

  test("arrows run one way", () => {
    const reach = (room: string): string[] =>
      (MAY_IMPORT[room] ?? []).flatMap((to) =>
        to.endsWith("/**") ? rooms.filter((other) => `${other}/`.startsWith(to.slice(0, -2))) : [to],
      );
    const circles = rooms.flatMap((room) =>
      reach(room)
        .filter((other) => reach(other).includes(room))
        .map((other) => `${room} ⇄ ${other}`),
    );
    expect(circles).toEqual([]);
  });

  test("only a process that sends load opens the kernel's sockets", () => {
    const LOAD = "packages/load/transport/load-transport.ts";
    const handlers = sources.filter((file) => /^functions\/aws\/\w+\.ts$/.test(file));
    const programs = ["packages/cli/main.ts", "agent/main.ts", "functions/local/worker.ts", ...handlers];
    const loads = programs.filter((program) => loadedBy(program).has(LOAD));
    expect(loads.toSorted()).toEqual(["functions/aws/shard.ts", "functions/local/worker.ts"]);
  });

  test.each(["functions/local/worker.ts", "functions/local.ts"])("%s starts without undici", (program) => {
    const loads = [...loadedBy(program, { isAtStart: true })].filter(
      (file) => sources.includes(file) && valuesOf(file, true).includes("undici"),
    );
    expect(loads).toEqual([]);
  });

  test("core touches no clock, no network, no randomness and nothing of node", () => {
    const IMPURE = /from "node:|Date\.now\(|new Date\(\)|performance\.|Math\.random\(|\bfetch\(|process\./;
    const wrong = sources
      .filter((file) => file.startsWith("packages/core/") && !isTest(file))
      .flatMap((file) => {
        const impure = IMPURE.exec(textOf(file));
        return impure === null ? [] : [`${file}: ${impure[0]}`];
      });
    expect(wrong).toEqual([]);
  });

  test("only a dialect knows how a kind of endpoint is spoken to", () => {
    const SPOKEN =
      /\[DONE\]|\b(?:choices|delta|max_(?:completion_)?tokens|min_tokens|stream_options|ignore_eos)\b|chat\/completions/;
    // The certificate's server speaks chat itself.
    const speakers = /^packages\/core\/dialect\/|^packages\/load\/certificate\/certificate-server\.ts/;
    const wrong = sources
      .filter((file) => /^(?:packages\/(?:core|load|cli)|functions)\//.test(file) && !isTest(file))
      .filter((file) => !speakers.test(file) && SPOKEN.test(textOf(file)))
      .map((file) => `${file}: ${SPOKEN.exec(textOf(file))?.[0]}`);
    expect(wrong).toEqual([]);
  });

  test("the name of a figure is written in the catalogue alone", () => {
    const words: Words[] = [...Object.values(CATALOGUE), ...Object.values(TIMELINE)];
    const names = words.flatMap(({ label, shortLabel = label, axis = label }) => [label, shortLabel, axis]);
    // A single plain word, such as "Latency", may be the title of something else.
    const telling = names.filter((name) => /[ /]|^[A-Z0-9]{3,}$/.test(name));
    const written = telling.flatMap((name) => [`"${name}"`, `"${name} p`, `"${name} P`, `"${name}, `]);
    const wrong = sources
      .filter((file) => /^(?:packages\/(?:cli|core\/report)|site|functions)\//.test(file) && !isTest(file))
      .filter((file) => file !== "packages/core/report/catalogue.ts")
      .flatMap((file) => {
        const code = textOf(file).replaceAll(/^\s*(?:\/?\*|\/\/).*$/gm, "");
        return written.filter((text) => code.includes(text)).map((text) => `${file}: ${text}`);
      });
    expect(wrong).toEqual([]);
  });

  test("no source but a test reads another source as text", () => {
    const READS = /readFile(?:Sync)?\([^;]*?\.(?:ts|mjs|astro)["'`]/;
    const wrong = sources
      .filter((file) => !isTest(file) && READS.test(textOf(file)))
      .map((file) => `${file}: ${READS.exec(textOf(file))?.[0]}`);
    expect(wrong).toEqual([]);
  });
});

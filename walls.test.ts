import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve, dirname } from "node:path";
import { describe, expect, test } from "vitest";

const TESTS_REACH = [
  "packages/core",
  "packages/load",
  "packages/store",
  "packages/durable",
  "packages/sim",
  "functions",
];

/** Who may import whom. Arrows run one way; nobody imports the agent or the site. A test may also import the sim and the testkit. */
const MAY_IMPORT: Record<string, string[]> = {
  "packages/core": [],
  "packages/load": ["packages/core"],
  "packages/store": ["packages/core"],
  "packages/durable": [],
  "packages/lock": ["packages/core"],
  "packages/sim": ["packages/core"],
  "packages/cli": [
    "packages/core",
    "packages/lock",
    "functions/local",
    "functions/local-agent",
    "functions/demo",
  ],
  "packages/bench": ["packages/core", "packages/load", "packages/sim", "packages/store", "packages/testkit"],
  "packages/testkit": TESTS_REACH,
  "packages/deploy": [...TESTS_REACH, "packages/testkit", "infra"],
  infra: [],
  functions: ["packages/core", "packages/load", "packages/store", "packages/durable", "packages/lock"],
  "functions/demo": ["packages/core", "packages/load", "packages/store", "packages/durable", "packages/sim"],
  agent: ["packages/core", "packages/lock"],
  site: ["packages/core", "packages/lock"],
};
const TEST_ROOMS = new Set(["packages/sim", "packages/testkit"]);
const ROOMS = [
  "packages/core",
  "packages/load",
  "packages/store",
  "packages/durable",
  "packages/lock",
  "packages/sim",
  "packages/cli",
  "packages/bench",
  "packages/deploy",
  "packages/testkit",
  "functions",
  "agent",
  "site",
  "infra",
];
const PACKAGE_ROOM: Record<string, string> = {
  "@brimline/core": "packages/core",
  "@brimline/load": "packages/load",
  "@brimline/store": "packages/store",
  "@brimline/durable": "packages/durable",
  "@brimline/lock": "packages/lock",
  "@brimline/sim": "packages/sim",
  "@brimline/bench": "packages/bench",
  "@brimline/deploy": "packages/deploy",
  "@brimline/testkit": "packages/testkit",
  "@brimline/functions": "functions",
  "@brimline/agent": "agent",
  "@brimline/site": "site",
};

const root = import.meta.dirname;
const sources = ROOMS.flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(join(root, room), join(entry.parentPath, entry.name)))
    .filter((file) => /\.(ts|astro|mjs)$/.test(file) && !/(^|\/)(node_modules|dist|\.astro)(\/|$)/.test(file))
    .map((file) => ({ room, file: `${room}/${file}` })),
);
const importsOf = (file: string): string[] =>
  [
    ...readFileSync(join(root, file), "utf8").matchAll(
      /(?:^|[\s;])(?:import|export)\s[^"'`;]*?from\s*["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)|^import\s*["']([^"']+)["']/gm,
    ),
  ].flatMap((match) => match[1] ?? match[2] ?? match[3] ?? []);

/** The room (and for functions the file) that an import leads to; null outside the house. */
function target(file: string, specifier: string): string | null {
  if (specifier.startsWith(".")) {
    const path = relative(root, resolve(root, dirname(file), specifier));
    return ROOMS.find((room) => path.startsWith(`${room}/`)) ?? path;
  }
  const name = specifier.split("/").slice(0, 2).join("/");
  const room = PACKAGE_ROOM[name];
  if (room === undefined) return null;
  return room === "functions" ? `functions/${specifier.split("/")[2] ?? ""}` : room;
}

describe("the walls of the house", () => {
  test("there are sources to judge", () => expect(sources.length).toBeGreaterThan(10));

  test.each(ROOMS)("%s imports only what it may", (room) => {
    const wrong: string[] = [];
    for (const { file } of sources.filter((source) => source.room === room)) {
      const allowed = MAY_IMPORT[file.replace(/\.ts$/, "")] ?? MAY_IMPORT[room] ?? [];
      for (const specifier of importsOf(file)) {
        const to = target(file, specifier);
        const sameRoom =
          to === room ||
          (to?.startsWith("functions/") === true && (room === "functions" || allowed.includes("functions")));
        const isTest = file.endsWith(".test.ts");
        if (to !== null && !sameRoom && !allowed.includes(to) && !(isTest && TEST_ROOMS.has(to)))
          wrong.push(`${file} → ${specifier}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("core touches no clock, no network, no randomness and nothing of node", () => {
    const wrong = sources
      .filter(({ file }) => file.startsWith("packages/core/") && !file.endsWith(".test.ts"))
      .flatMap(({ file }) => {
        const text = readFileSync(join(root, file), "utf8");
        const impure =
          /from "node:|Date\.now\(|new Date\(\)|performance\.|Math\.random\(|\bfetch\(|process\./.exec(text);
        return impure === null ? [] : [`${file}: ${impure[0]}`];
      });
    expect(wrong).toEqual([]);
  });

  test("inside core, arrows run report → metric → record, job", () => {
    const order: Record<string, string[]> = {
      report: ["report", "metric", "record", "job"],
      metric: ["metric", "record", "job"],
      record: ["record", "job"],
      job: ["job", "record"],
    };
    const wrong = sources
      .filter(({ file }) => /^packages\/core\/\w+\//.test(file) && !file.endsWith(".test.ts"))
      .flatMap(({ file }) => {
        const from = file.split("/")[2] ?? "";
        return importsOf(file)
          .filter((specifier) => specifier.startsWith("../"))
          .map((specifier) =>
            relative(join(root, "packages/core"), resolve(root, dirname(file), specifier)).replace(
              /\.ts$/,
              "",
            ),
          )
          .filter(
            (to) =>
              to.includes("/") &&
              order[from]?.some((room) => to === room || to.startsWith(`${room}/`)) !== true,
          )
          .map((to) => `${file} → ${to}`);
      });
    expect(wrong).toEqual([]);
  });
});

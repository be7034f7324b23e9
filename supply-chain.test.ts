import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

interface LockedPackage {
  resolved?: string;
  integrity?: string;
  link?: boolean;
  hasInstallScript?: boolean;
  extraneous?: boolean;
}
const root = import.meta.dirname;
const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
  packages: Record<string, LockedPackage>;
};
const locked = Object.entries(packages).filter(
  ([path, entry]) => path.includes("node_modules/") && entry.link !== true,
);

test("every locked package comes from npm's registry with a sha512", () => {
  const wrong = locked.filter(
    ([, entry]) =>
      entry.resolved?.startsWith("https://registry.npmjs.org/") === false ||
      entry.integrity?.startsWith("sha512-") !== true,
  );
  expect(wrong.map(([path]) => path)).toEqual([]);
});

test("no entry is extraneous: npm 10 dies on those", () => {
  expect(locked.filter(([, entry]) => entry.extraneous === true).map(([path]) => path)).toEqual([]);
});

test("only known packages run a script at install", () => {
  const { allowScripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    allowScripts: Record<string, boolean>;
  };
  const scripts = locked
    .filter(([, entry]) => entry.hasInstallScript === true)
    .map(([path]) => path.replace(/^.*node_modules\//, ""));
  expect(scripts.filter((name) => !Object.hasOwn(allowScripts, name) && name !== "fsevents")).toEqual([]);
});

import { fixtures } from "@brimline/testkit/site/reports";
import { expect, test, vi } from "vitest";
import { reportFiles } from "./files.ts";

const maker = vi.hoisted(() => ({ isBroken: false }));
vi.mock(import("@resvg/resvg-js"), async (original) => {
  const { Resvg, ...others } = await original();
  class Maker extends Resvg {
    constructor(...args: ConstructorParameters<typeof Resvg>) {
      if (maker.isBroken) throw new Error("unknown token");
      super(...args);
    }
  }
  return { ...others, Resvg: Maker };
});

const pathsOf = async (report = fixtures.three): Promise<string[]> =>
  (await reportFiles(report, null)).map(({ path }) => path);

test("names with what XML does not take cost no picture", async () => {
  const name = "a\ufffe\u0001b\ud800";
  const gpus = fixtures.three.gpus.map((gpu) => ({ ...gpu, name }));
  expect(await pathsOf({ ...fixtures.three, name, gpus })).toEqual(await pathsOf());
});

test("pictures that cannot be made are left out with a warning, and all other files are there", async () => {
  const all = await pathsOf();
  const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
  maker.isBroken = true;
  const found = await pathsOf();
  maker.isBroken = false;
  const pictures = all.filter((path) => path.endsWith(".png"));
  expect(pictures).toHaveLength(3);
  expect(found).toEqual(all.filter((path) => !pictures.includes(path)));
  expect(warned.mock.calls.map(([words]) => String(words))).toEqual(
    pictures.map((path) => `the report ${fixtures.three.id} has no ${path}:`),
  );
  warned.mockRestore();
});

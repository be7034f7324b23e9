import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { storeContract } from "@brimline/testkit/store/contract";
import { clearUnfinished, diskStore } from "./disk.ts";
import { storeError } from "./disk-fault.ts";

const root = await mkdtemp(join(tmpdir(), "brimline-store-"));
const newFolder = (): Promise<string> => mkdtemp(join(root, "s-"));
afterAll(() => rm(root, { recursive: true }));

storeContract("the disk driver", async () => {
  const folder = await newFolder();
  return { store: diskStore(folder), again: () => diskStore(folder) };
});

describe("the disk driver", () => {
  test("a half-written body of a killed process is no object, is not listed and can be cleared", async () => {
    const folder = await newFolder();
    const store = diskStore(folder);
    await store.put("a/k", "x");
    await writeFile(join(folder, ".writing", "4711-left"), "half");
    expect((await store.list("")).keys).toEqual(["a/k"]);
    await expect(async () => store.get(".writing/4711-left")).rejects.toThrow(/not an object key/);
    for (const prefix of [".writing/", "./", "a/../", `../${basename(folder)}/`, "/", "a//"])
      expect((await store.list(prefix)).keys).toEqual([]);
    expect((await store.list("a/")).keys).toEqual(["a/k"]);
    await clearUnfinished(folder);
    expect(await readdir(folder)).toEqual(["a"]);
    expect(await store.create("b/k", "y")).toBe(true);
  });

  test("no temporary file stays behind, whether a write won or lost", async () => {
    const folder = await newFolder();
    const store = diskStore(folder);
    await Promise.all(Array.from({ length: 8 }, () => store.create("k", "x")));
    await store.put("k", "y");
    expect(await readdir(join(folder, ".writing"))).toEqual([]);
  });

  test("a folder that holds nothing any more goes, though others write into it meanwhile", async () => {
    const folder = await newFolder();
    const store = diskStore(folder);
    const comeAndGo = async (key: string): Promise<void> => {
      for (let turn = 0; turn < 20; turn++) {
        await store.put(key, "x");
        expect(await store.get(key)).not.toBeNull();
        await store.remove(key);
      }
    };
    await Promise.all(["one", "two", "three"].map((name) => comeAndGo(`changed/job/${name}`)));
    expect(await readdir(join(folder, "changed"))).toEqual([]);
  });

  test("a full disk is a disk_full error", async () => {
    // Linux gives a real ENOSPC for every byte that is written here.
    const full = await writeFile("/dev/full", "x").catch((error: unknown) => error);
    expect(storeError(full, "data")).toMatchObject({
      code: "disk_full",
      message: "the disk that holds data is full: free some space",
    });
  });

  test.skipIf(process.getuid?.() === 0)("a read-only folder is told with what to do", async () => {
    const folder = await newFolder();
    await mkdir(join(folder, "shut"), { mode: 0o555 });
    await expect(diskStore(join(folder, "shut")).put("k", "x")).rejects.toThrow(
      /cannot be written \(EACCES\): make it writable/,
    );
  });

  test.each(["EROFS", "EACCES", "EPERM"])("%s reads: make it writable or name another folder", (code) => {
    expect(storeError(Object.assign(new Error("x"), { code }), "data")).toMatchObject({
      code: "internal",
      message: expect.stringContaining("make it writable"),
    });
  });

  test("a folder that lies inside a file is an error that says so", async () => {
    const folder = await newFolder();
    await writeFile(join(folder, "file"), "");
    await expect(diskStore(join(folder, "file")).put("k", "x")).rejects.toThrow(/lies inside a file/);
  });
});

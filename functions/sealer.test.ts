import { anyText } from "@brimline/testkit/any-text";
import { BrimlineError } from "@brimline/core/error";
import { Secret } from "@brimline/core/secret";
import fc from "fast-check";
import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSealer, loadMasterKey } from "./sealer.ts";

const JOB = "a1b2c3d4e5f6g7h8i9j0";
const sealer = createSealer(randomBytes(32));
const codeOf = (run: () => unknown): string => {
  try {
    run();
    return "opened";
  } catch (error) {
    return error instanceof BrimlineError ? error.code : String(error);
  }
};

describe("a sealed secret", () => {
  test("opens to the text that was sealed", () => {
    fc.assert(
      fc.property(anyText(300), (text) => {
        expect(sealer.open(JOB, "endpoint", sealer.seal(JOB, "endpoint", new Secret(text))).reveal()).toBe(
          text,
        );
      }),
      { numRuns: 200 },
    );
  });

  test("does not contain its text", () => {
    const sealed = sealer.seal(JOB, "endpoint", new Secret("sk-live-0123456789"));
    expect(sealed.toString("latin1")).not.toContain("sk-live");
    expect(inspect(sealer.open(JOB, "endpoint", sealed))).toBe("[secret]");
  });

  test("has other bytes each time it is sealed", () => {
    const times = Array.from({ length: 200 }, () =>
      sealer.seal(JOB, "endpoint", new Secret("same")).toString("hex"),
    );
    expect(new Set(times).size).toBe(200);
  });

  test("does not open when any one bit of it was flipped", () => {
    const sealed = sealer.seal(JOB, "endpoint", new Secret("sk-secret"));
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(codeOf(() => sealer.open(JOB, "endpoint", changed))).toBe("secret_unavailable");
    }
  });

  test("does not open when it was cut or lengthened", () => {
    const sealed = sealer.seal(JOB, "endpoint", new Secret("sk-secret"));
    for (let length = 0; length < sealed.length; length++) {
      expect(codeOf(() => sealer.open(JOB, "endpoint", sealed.subarray(0, length)))).toBe(
        "secret_unavailable",
      );
    }
    expect(codeOf(() => sealer.open(JOB, "endpoint", Buffer.concat([sealed, Buffer.from([0])])))).toBe(
      "secret_unavailable",
    );
  });

  test.each([
    [
      "another job",
      () => sealer.open("z9z9z9z9z9z9z9z9z9z9", "endpoint", sealer.seal(JOB, "endpoint", new Secret("sk"))),
    ],
    ["another purpose", () => sealer.open(JOB, "webhook", sealer.seal(JOB, "endpoint", new Secret("sk")))],
    [
      "a service with another master key",
      () =>
        createSealer(randomBytes(32)).open(JOB, "endpoint", sealer.seal(JOB, "endpoint", new Secret("sk"))),
    ],
  ])("does not open for %s", (_who, open) => expect(codeOf(open)).toBe("secret_unavailable"));

  test("says that it was sealed with another master key, and what to do", () => {
    const sealed = createSealer(randomBytes(32)).seal(JOB, "endpoint", new Secret("sk"));
    expect(() => sealer.open(JOB, "endpoint", sealed)).toThrow(/another master key; bring that key back/);
  });
});

describe("the master key", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "brimline-key-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("is made once, readable by its owner alone, and kept", async () => {
    const data = join(folder, "data");
    const key = await loadMasterKey(data);
    expect(key).toHaveLength(32);
    expect((await stat(join(data, "master.key"))).mode & 0o777).toBe(0o600);
    expect((await loadMasterKey(data)).equals(key)).toBe(true);
    expect(await readdir(data)).toEqual(["master.key"]);
  });

  test("is the same for all services that start at nearly the same time", async () => {
    for (let round = 0; round < 30; round++) {
      const data = join(folder, String(round));
      const starters = Array.from({ length: 6 }, async (_, index) => {
        for (let turn = 0; turn < index * (1 + (round % 5)); turn++) await setImmediate();
        return loadMasterKey(data);
      });
      const keys = await Promise.all(starters);
      const kept = await readFile(join(data, "master.key"));
      expect(keys.every((key) => key.equals(kept))).toBe(true);
      expect(await readdir(data)).toEqual(["master.key"]);
    }
  });

  test.each([
    ["others may read it", 32, 0o644, /chmod 600/],
    ["it was cut", 31, 0o600, /is damaged/],
    ["it is empty", 0, 0o600, /is damaged/],
  ])("is refused where %s, and not replaced", async (_fact, bytes, mode, message) => {
    const path = join(folder, "master.key");
    await writeFile(path, randomBytes(bytes));
    await chmod(path, mode);
    await expect(loadMasterKey(folder)).rejects.toThrow(message);
    await expect(loadMasterKey(folder)).rejects.toMatchObject({ code: "secret_unavailable" });
    expect(await readFile(path)).toHaveLength(bytes);
  });
});

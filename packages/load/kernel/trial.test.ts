import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import type { Libc } from "./libc.ts";
import { tryKernel } from "./trial.ts";

const { whyNot } = await tryKernel();
const CONTROL_BYTES_AT = 40;

const systemLibc = async (): Promise<Libc> => (await import("./open-libc.ts")).openLibc();

describe.skipIf(whyNot !== null)("there are no sockets of the kernel", () => {
  test.each<[string, (libc: Libc) => Partial<Libc>, RegExp]>([
    [
      "nothing is stamped",
      (libc) => ({
        recvmsg(fd, message, flags) {
          const count = libc.recvmsg(fd, message, flags);
          message.writeBigUInt64LE(0n, CONTROL_BYTES_AT);
          return count;
        },
      }),
      /^the kernel gives no time of arrival$/,
    ],
    ["no descriptor is left", () => ({ socket: () => -1, errno: () => 24 }), /^socket EMFILE$/],
    ["epoll is refused", () => ({ epollCreate: () => -1, errno: () => 1 }), /^epoll_create1 EPERM$/],
    [
      "stamps cannot be asked for",
      () => ({ setsockopt: () => -1, errno: () => 92 }),
      /^setsockopt ENOPROTOOPT$/,
    ],
    ["connecting is refused", () => ({ connect: () => -1, errno: () => 13 }), /^connect EACCES$/],
  ])("where %s", async (_fact, changed, why) => {
    const libc = await systemLibc();
    const trial = await tryKernel(async () => ({ ...libc, ...changed(libc) }));
    expect(trial.kernel).toBeNull();
    expect(trial.whyNot).toMatch(why);
  });

  test("where there is no C library", async () => {
    const trial = await tryKernel(async () => {
      throw new Error("no C library was found");
    });
    expect(trial).toEqual({ kernel: null, whyNot: "no C library was found" });
  });
});

test.skipIf(whyNot !== null)(
  "a trial waits for a kernel that begins to stamp a fifth of a second late",
  async () => {
    const libc = await systemLibc();
    const beganMs = performance.now();
    const trial = await tryKernel(async () => ({
      ...libc,
      recvmsg(fd, message, flags) {
        const count = libc.recvmsg(fd, message, flags);
        if (performance.now() - beganMs < 200) message.writeBigUInt64LE(0n, CONTROL_BYTES_AT);
        return count;
      },
    }));
    expect(trial.whyNot).toBeNull();
  },
);

test.skipIf(whyNot !== null)("a trial leaves no socket behind", async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      "--input-type=module",
      "--eval",
      `const { readdirSync, readlinkSync } = await import("node:fs");
       const { tryKernel } = await import("@brimline/load/kernel/trial");
       const linkOf = (fd) => { try { return readlinkSync("/proc/self/fd/" + fd); } catch { return ""; } };
       const sockets = () => readdirSync("/proc/self/fd").map(linkOf).filter((link) => link.startsWith("socket:"));
       const before = sockets();
       await tryKernel();
       console.log(JSON.stringify(sockets().filter((link) => !before.includes(link))));`,
    ],
    { cwd: import.meta.dirname, timeout: 20_000 },
  );
  expect(stdout.trim()).toBe("[]");
});

test.skipIf(whyNot !== null)("neither a trial that fails nor a wake keeps a process alive", async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      "--input-type=module",
      "--eval",
      `const { openLibc } = await import("@brimline/load/kernel/open-libc");
       const { openWake } = await import("@brimline/load/kernel/open-wake");
       const { tryKernel } = await import("@brimline/load/kernel/trial");
       const libc = openLibc();
       openWake()(libc.epollCreate(0)).on();
       const { whyNot } = await tryKernel(async () => ({ ...libc, connect: () => -1, errno: () => 13 }));
       console.log(whyNot);`,
    ],
    { cwd: import.meta.dirname, timeout: 20_000 },
  );
  expect(stdout.trim()).toBe("connect EACCES");
});

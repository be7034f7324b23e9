import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { treeOf } from "./tree.ts";

test.skipIf(!existsSync("/proc/self/stat"))(
  "a process tree's CPU has that of its grandchildren in it, also of those that have ended",
  async () => {
    const burn = "while (process.cpuUsage().user < 150000);";
    const node = JSON.stringify(process.execPath);
    const child = spawn("sh", ["-c", `sleep 60 & ${node} -e '${burn}'; echo done; wait`], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    await new Promise((resolve) => child.stdout.once("data", resolve));
    const { pids, cpuUs, rssMb } = treeOf(child.pid ?? 0);
    for (const pid of pids) process.kill(pid, "SIGKILL");
    expect(pids.length).toBe(2);
    expect(cpuUs).toBeGreaterThanOrEqual(100_000);
    expect(rssMb).toBeGreaterThan(0);
  },
);

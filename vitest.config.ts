import { existsSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

const exclude = ["**/node_modules/**", "**/dist/**", "**/.sst/**"];
const TIMING = "**/*.timing.test.ts";
const ALONE = "**/*.alone.test.ts";
const SITE = "site/**/*.test.ts";
/**
 * Many tests start processes and wait for them, so more run side by side than there are cores. With still more
 * of them, on two cores, tests make each other late.
 */
const maxWorkers = 5;

// The workers and the processes that tests start load the same sources again and again.
process.env["NODE_COMPILE_CACHE"] = join(import.meta.dirname, "node_modules/.cache/brimline");

// Stores flush every object to the disk before they go on, which costs a third of what many tests cost. Files in memory
// need no flush.
const MEMORY = "/dev/shm";
const ROOM_MIN_BYTES = 2 ** 31;
if (process.env["TMPDIR"] === undefined && existsSync(MEMORY)) {
  const { bavail, bsize } = statfsSync(MEMORY);
  if (bavail * bsize >= ROOM_MIN_BYTES) process.env["TMPDIR"] = MEMORY;
}

export default defineConfig({
  test: {
    // Node runs the sources as they are, and tests load them as the service does. Vite transforms nothing.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    // These are far above what any test needs, because they are for tests that hang and not for a busy
    // machine.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A test that asserts nothing has failed, because its list was empty or it returned early.
    expect: { poll: { timeout: 30_000 }, requireAssertions: true },
    projects: [
      // Tests that compare clocks run first and one after another, because a busy neighbour would be measured
      // too. Other work may spoil one try, so a timing test may try twice.
      {
        extends: true,
        test: {
          name: "timing",
          include: [TIMING],
          exclude,
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 120_000,
          retry: 1,
          // In group 0 a project with one worker would come last.
          sequence: { groupOrder: 1 },
        },
      },
      // Each of these has a process of its own. They take longest, so they come first.
      {
        extends: true,
        test: { name: "alone", include: [ALONE], exclude, maxWorkers, sequence: { groupOrder: 2 } },
      },
      // All others share processes and what these have loaded.
      {
        extends: true,
        test: {
          name: "facts",
          include: ["**/*.test.ts"],
          exclude: [...exclude, ALONE, TIMING, SITE],
          isolate: false,
          maxWorkers,
          sequence: { groupOrder: 2 },
        },
      },
      // Vite builds these sources, and they import what only Vite can import: a font as a string.
      {
        extends: true,
        test: {
          name: "site",
          include: [SITE],
          exclude: [...exclude, ALONE],
          experimental: { viteModuleRunner: true },
          isolate: false,
          maxWorkers,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});

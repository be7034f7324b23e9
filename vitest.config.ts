import { join } from "node:path";
import { defineConfig } from "vitest/config";

const exclude = ["**/node_modules/**", "**/dist/**", "**/.sst/**"];
const TIMING = "**/*.timing.test.ts";
const ALONE = "**/*.alone.test.ts";
const SITE = "site/**/*.test.ts";
/** Many tests start processes and wait for them: two cores have room for two more. Still more of them make each other late. */
const maxWorkers = 4;

// The workers, and the processes that tests start, load the same sources again and again.
process.env["NODE_COMPILE_CACHE"] = join(import.meta.dirname, "node_modules/.cache/brimline");

export default defineConfig({
  test: {
    // Node runs the sources as they are, so tests load them as the service does: Vite transforms nothing.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    // Far above what any needs: these are for what hangs, not for what is slow on a busy machine.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A test that asserts nothing, for its list was empty or it returned early, has failed.
    expect: { poll: { timeout: 30_000 }, requireAssertions: true },
    projects: [
      // Tests that compare clocks run first and one after another: a busy neighbour would be measured too. One outside of us may spoil a
      // measurement; who fails twice has failed.
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
      // A process each; they take longest and so come first.
      {
        extends: true,
        test: { name: "alone", include: [ALONE], exclude, maxWorkers, sequence: { groupOrder: 2 } },
      },
      // All others share processes, and what they load.
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
      // Vite builds these sources, and they import what only it can: a font as a string.
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

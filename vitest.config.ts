import { join } from "node:path";
import { defineConfig } from "vitest/config";

const exclude = ["**/node_modules/**", "**/dist/**", "**/.sst/**"];
const TIMING = "**/*.timing.test.ts";
/** Rooms without a state of their own: their tests share what they load. */
const PURE = ["packages/core/**/*.test.ts", "site/src/**/*.test.ts"];
/** Many tests start processes and wait for them; more of them side by side on two cores make each other late. */
const maxWorkers = 3;

export default defineConfig({
  test: {
    // Far above what any needs: these are for what hangs, not for what is slow on a busy machine.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // The processes that tests start load the same sources again and again.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules/.cache/brimline") },
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
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: "pure", include: PURE, exclude, isolate: false, maxWorkers, sequence: { groupOrder: 1 } } },
      { extends: true, test: { name: "facts", include: ["**/*.test.ts"], exclude: [...exclude, ...PURE, TIMING], maxWorkers, sequence: { groupOrder: 1 } } },
    ],
  },
});

import { join } from "node:path";
import { defineConfig } from "vitest/config";

const exclude = ["**/node_modules/**", "**/dist/**", "**/.sst/**"];

export default defineConfig({
  test: {
    // Far above what any needs: these are for what hangs, not for what is slow on a busy machine.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // The processes that tests start load the same sources again and again.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules/.cache/brimline") },
    projects: [
      // Core has no state of its own, so its tests share what they load.
      { extends: true, test: { name: "core", include: ["packages/core/**/*.test.ts"], exclude, isolate: false, maxWorkers: 4 } },
      { extends: true, test: { name: "facts", include: ["**/*.test.ts"], exclude: [...exclude, "packages/core/**", "**/*.timing.test.ts"], maxWorkers: 4 } },
      // Tests that compare clocks run alone, one after another: a busy neighbour would be measured too. One outside of us may spoil a
      // measurement; who fails twice has failed.
      {
        extends: true,
        test: {
          name: "timing",
          include: ["**/*.timing.test.ts"],
          exclude,
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 120_000,
          retry: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

import { join } from "node:path";
import { defineConfig } from "vitest/config";

const exclude = ["**/node_modules/**", "**/dist/**", "**/.sst/**"];
const TIMING = "**/*.timing.test.ts";
/**
 * Files with a process each: those that change the environment or measure the memory of their process, and those that start whole
 * programs, which take longest and so come first. All others share processes, and what they load.
 */
const ALONE = [
  "agent/**/*.test.ts",
  "docs.test.ts",
  "functions/{cancel,handover,journey,rate,resume,store,told}.test.ts",
  "functions/api/agents.test.ts",
  "functions/aws/**/*.test.ts",
  "packages/deploy/**/*.test.ts",
  "packages/cli/main.test.ts",
  "packages/load/guard/connect.test.ts",
  "packages/load/transport/hostile.test.ts",
  "packages/load/transport/response.test.ts",
  "packages/store/{recorder,s3,s3-versitygw}.test.ts",
  "site/*.test.ts",
];
/** Many tests start processes and wait for them; more of them side by side on two cores make each other late. */
const maxWorkers = 3;

// The workers, and the processes that tests start, load the same sources again and again.
process.env["NODE_COMPILE_CACHE"] = join(import.meta.dirname, "node_modules/.cache/brimline");

export default defineConfig({
  test: {
    // Far above what any needs: these are for what hangs, not for what is slow on a busy machine.
    testTimeout: 60_000,
    hookTimeout: 120_000,
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
      {
        extends: true,
        test: {
          name: "alone",
          include: ALONE,
          exclude: [...exclude, TIMING],
          maxWorkers,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "facts",
          include: ["**/*.test.ts"],
          exclude: [...exclude, ...ALONE, TIMING],
          isolate: false,
          maxWorkers,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

import { defineConfig } from "vitest/config";

const exclude = ["**/node_modules/**", "**/dist/**", "**/.sst/**"];

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: "facts", include: ["**/*.test.ts"], exclude: [...exclude, "**/*.timing.test.ts"], maxWorkers: 4 } },
      // Tests that compare clocks run alone, one after another: a busy neighbour would be measured too.
      {
        extends: true,
        test: {
          name: "timing",
          include: ["**/*.timing.test.ts"],
          exclude,
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

import { type JobRequest, JobSpec } from "@brimline/core/job/spec/spec";
import { demandOf } from "@brimline/core/load";
import { expect, test } from "vitest";
import { preparedLoads } from "./prepared.ts";

test.each<[string, JobRequest["levels"], number]>([
  ["the largest that the job names", [10, 50], 50],
  ["the most users of a search", { search: { max: 20 } }, 20],
  ["two workers' users where a search names none", { search: {} }, 500],
])("workers prepare for %s", (_, levels, most) => {
  const spec = JobSpec.parse({ endpoint: { url: "http://h/v1", model: "m" }, levels });
  expect(Math.max(...preparedLoads(spec, 250).map((load) => demandOf(load).value))).toBe(most);
});

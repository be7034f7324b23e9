import { describe, expect, test } from "vitest";
import { source } from "../job/level/source.ts";
import { concurrencyLoad } from "../load/concurrency.ts";
import { JobSpec, type JobRequest } from "../job/spec/spec.ts";
import { answeredRequest } from "@brimline/testkit/synthetic";
import { askedTokens, isOff } from "./asked.ts";

const records = [0, 3, 8].map((index) =>
  answeredRequest({ index, sentMs: 0, ttftMs: 1, gapMs: 1, outputTokens: 2 }),
);
const sourceOf = (workload: JobRequest["workload"]) =>
  source({
    seed: "s",
    level: { id: "l01", repeat: 1, load: concurrencyLoad(1), stop: { durationS: 1, requests: null } },
    spec: JobSpec.parse({ endpoint: { url: "u", model: "m" }, levels: [1], workload }),
  });
const asked = (workload: JobRequest["workload"]) => askedTokens(records, sourceOf(workload));

describe("what requests asked for", () => {
  test("is their number times a fixed length", () =>
    expect(asked({ inputTokens: 100, outputTokens: 7 })).toEqual({ input: 300, output: 21 }));
  test("is what the schedule drew for each of them", () => {
    const lengths = { inputTokens: { min: 1, max: 1000 }, outputTokens: 7 };
    const drawn = records.map(({ index }) => sourceOf(lengths).asked(index).inputTokens ?? Number.NaN);
    expect(asked(lengths)).toEqual({ input: drawn.reduce((sum, tokens) => sum + tokens, 0), output: 21 });
  });
  test("does not apply to prompts that the job brings", () =>
    expect(asked({ prompts: ["a", "b"], outputTokens: 7 })).toEqual({ input: null, output: 21 }));
});

test.each([
  [102, 100, false],
  [98, 100, false],
  [102.1, 100, true],
  [97.9, 100, true],
])("%d of %d is off: %s", (delivered, wanted, off) => expect(isOff(delivered, wanted)).toBe(off));

import { describe, expect, test } from "vitest";
import { promptText } from "./prompt.ts";
import { JobSpec, type JobRequest } from "../spec/spec.ts";

const spec = (part: Partial<JobRequest> = {}): JobSpec =>
  JobSpec.parse({ endpoint: { url: "http://h/v1", model: "llama" }, levels: [1], ...part });
const asked = (index: number) => ({ index, words: 26, textSeed: index + 1 });

describe("prompts", () => {
  const { workload } = spec();
  test("no two requests share a prefix that could be cached", () => {
    const starts = Array.from({ length: 2000 }, (_, index) => promptText(asked(index), workload).slice(0, 8));
    expect(new Set(starts).size).toBe(2000);
  });
  test("without the salt the text has no random start", () =>
    expect(promptText(asked(0), { ...workload, salt: false })).toMatch(/^[a-z]+ [a-z]+/));
  test("the caller's own prompts are used in turn, each behind its salt", () => {
    const own = { ...workload, prompts: ["alpha", "beta"] };
    expect([0, 1, 2].map((index) => promptText(asked(index), own).slice(9))).toEqual([
      "alpha",
      "beta",
      "alpha",
    ]);
  });
  test("synthetic prompts have as many words as are asked for", () =>
    expect(promptText(asked(0), { ...workload, salt: false }).split(" ")).toHaveLength(26));
  test("the same seed writes the same text", () =>
    expect(promptText(asked(3), workload)).toBe(promptText(asked(3), workload)));
});

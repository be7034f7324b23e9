import { describe, expect, test } from "vitest";
import { promptText } from "./prompt.ts";
import { requestSize } from "./schedule.ts";
import { JobSpec, type JobRequest } from "./spec.ts";

const spec = (part: Partial<JobRequest> = {}): JobSpec =>
  JobSpec.parse({ endpoint: { url: "http://h/v1", model: "llama" }, levels: [1], ...part });
const size = (index: number) => requestSize(index, index + 1, { inputTokens: 32, outputTokens: 16 });
describe("prompts", () => {
  const { workload } = spec();
  test("no two requests share a prefix that could be cached", () => {
    const starts = Array.from({ length: 2000 }, (_, index) => promptText(size(index), workload).slice(0, 8));
    expect(new Set(starts).size).toBe(2000);
  });
  test("without the salt the text has no random start", () =>
    expect(promptText(size(0), { ...workload, salt: false })).toMatch(/^[a-z]+ [a-z]+/));
  test("the caller's own prompts are used in turn, each behind its salt", () => {
    const own = { ...workload, prompts: ["alpha", "beta"] };
    expect([0, 1, 2].map((index) => promptText(size(index), own).slice(9))).toEqual([
      "alpha",
      "beta",
      "alpha",
    ]);
  });
  test("synthetic prompts have as many words as the calibration asks for", () => {
    const words = (calibration?: Parameters<typeof promptText>[2]): number =>
      promptText(
        { ...size(0), inputTokens: 100, textSeed: 0 },
        { ...workload, salt: false },
        calibration,
      ).split(" ").length;
    expect(words()).toBe(94);
    expect(words({ tokensPerWord: 2, overheadTokens: 20, source: "usage" })).toBe(40);
  });
  test("the same seed writes the same text", () =>
    expect(promptText(size(3), workload)).toBe(promptText(size(3), workload)));
});

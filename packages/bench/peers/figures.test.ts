import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readAiperf } from "./aiperf.ts";
import { numberAt, type OwnFigures } from "./figures.ts";
import { readGuidellm } from "./guidellm.ts";
import { readInferencePerf } from "./inference-perf.ts";
import { PEERS } from "./peers.ts";
import { readVllm } from "./vllm.ts";

/**
 * What each peer wrote about 16 answers by 4 users from the truth server: 16 chunks, the first after 20 ms,
 * then one every 5 ms, and a usage of 12 tokens in and 16 out. Its files have only what a row needs.
 */
const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(join(import.meta.dirname, `fixtures/${name}.json`), "utf8"));

describe.each<[string, (file: unknown) => OwnFigures]>([
  ["vllm", readVllm],
  ["guidellm", readGuidellm],
  ["aiperf", readAiperf],
  ["inference-perf", readInferencePerf],
])("the result file of %s", (name, read) => {
  test("has every figure of a row, in ms and tokens", () => {
    const figures = read(fixture(name));
    expect(figures).toMatchObject({ requests: 16, failed: 0, inputTokens: 192, outputTokens: 256 });
    for (const spread of [figures.ttftMs, figures.tpotMs]) {
      expect(spread.mean).toBeGreaterThan(2);
      expect(spread.p99).toBeGreaterThanOrEqual(spread.p50 ?? Infinity);
      expect(spread.p99).toBeLessThan(100);
    }
    expect(figures.outputTokensPerS).toBeGreaterThan(200);
    expect(figures.outputTokensPerS).toBeLessThan(800);
  });

  test("without its figures has none, not zeros", () => {
    const empty = name === "guidellm" ? { benchmarks: [{ metrics: {} }] } : {};
    expect(read(empty)).toMatchObject({
      requests: 0,
      outputTokens: null,
      ttftMs: { mean: null, p99: null },
      outputTokensPerS: null,
    });
  });
});

test("TPOT is the 5 ms between chunks for vLLM, guidellm and AIPerf, and by its own tokenizer for inference-perf", () => {
  expect(readVllm(fixture("vllm")).tpotMs.mean).toBeGreaterThan(5);
  expect(readGuidellm(fixture("guidellm")).tpotMs.mean).toBeCloseTo(5, 0);
  expect(readAiperf(fixture("aiperf")).tpotMs.mean).toBeCloseTo(5, 0);
  expect(readInferencePerf(fixture("inference-perf")).tpotMs.mean).toBeLessThan(3);
});

test("a number is found by its path, and nothing else is one", () => {
  const file = { a: { b: 1, c: "2", d: null, e: Number.NaN } };
  expect(numberAt(file, "a", "b")).toBe(1);
  for (const path of [["a"], ["a", "c"], ["a", "d"], ["a", "e"], ["x", "y"], ["a", "b", "z"]])
    expect(numberAt(file, ...path)).toBeNull();
});

test("every peer that is given prompts has each of them in a file, once in the order of the run", () => {
  const prompts = ["first of all", "then another"];
  const run = {
    url: "http://127.0.0.1:1",
    model: "m",
    streams: 1,
    requests: 2,
    outputTokens: 3,
    prompts,
    tokenizer: "/t",
    folder: "/f",
  };
  for (const peer of PEERS) {
    const text = Object.values(peer.files(run)).join("\n");
    expect(text.indexOf("first of all"), peer.name).toBeGreaterThan(0);
    expect(text.indexOf("then another"), peer.name).toBeGreaterThan(text.indexOf("first of all"));
    expect(Object.values(peer.files({ ...run, prompts: null })).join("\n"), peer.name).not.toContain(
      "first of all",
    );
  }
});

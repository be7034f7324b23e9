import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadOf, type LevelSpec } from "../../load.ts";
import { shareOf } from "../../load/schedule.ts";
import { source, type SourceOf } from "./source.ts";
import { JobSpec, type JobRequest } from "../spec/spec.ts";

const LENGTHS: JobRequest["workload"] = {
  inputTokens: { min: 1, max: 1000 },
  outputTokens: { min: 1, max: 9 },
};
const sourceOf = (level: LevelSpec, workload = LENGTHS, more: Partial<SourceOf> = {}) =>
  source({
    seed: "job",
    level: { id: "l01", repeat: 0, load: loadOf(level), stop: { durationS: 2, requests: 50 } },
    spec: JobSpec.parse({ endpoint: { url: "u", model: "m" }, levels: [1], workload }),
    ...more,
  });
type Requests = ReturnType<typeof sourceOf>;
const written = (requests: Requests, shards: number) =>
  Array.from({ length: shards }, (_, shard) => [...requests.part({ shard, shards })])
    .flat()
    .map(({ prompt, images, ...request }) => ({ ...request, prompt: prompt(), images: images() }))
    .toSorted((a, b) => a.index - b.index);

describe("the requests of a level", () => {
  test.each<[string, LevelSpec]>([
    ["of users", 3],
    ["at a rate", { rate: 20 }],
  ])("%s are the same however many shards there are", (_, level) => {
    const all = written(sourceOf(level), 1);
    expect(all.map(({ index }) => index)).toEqual(Array.from({ length: all.length }, (__, index) => index));
    for (const shards of [2, 7]) expect(written(sourceOf(level), shards)).toEqual(all);
  });
  test("of twins have the same words behind a salt of their own, and images of their own", () => {
    const [first, second] = ["a", "b"].map((salt) =>
      written(sourceOf(3, { ...LENGTHS, images: { count: 1, width: 16, height: 16 } }, { salt }), 1),
    );
    for (const [i, one] of (first ?? []).entries()) {
      const other = second?.[i];
      expect(other?.prompt.slice(8)).toBe(one.prompt.slice(8));
      expect(other?.prompt.slice(0, 8)).not.toBe(one.prompt.slice(0, 8));
      expect(other?.images).not.toEqual(one.images);
    }
  });
  test("have images of their own, which are asked for without a length of the prompt", () => {
    const level = sourceOf(3, { ...LENGTHS, images: { count: 2, width: 16, height: 16 } });
    const all = written(level, 1);
    expect(new Set(all.flatMap(({ images }) => images)).size).toBe(2 * all.length);
    expect(level.asked(0).inputTokens).toBeNull();
    expect(written(sourceOf(3), 1)[0]?.images).toEqual([]);
  });
  test("of users are due when a user is free, and those at a rate at their times", () => {
    expect(written(sourceOf(3), 1).every(({ dueMs }) => dueMs === null)).toBe(true);
    expect(written(sourceOf({ rate: 4, arrival: "constant" }), 1).map(({ dueMs }) => dueMs)).toEqual([
      0, 250, 500, 750, 1000, 1250, 1500, 1750,
    ]);
  });
  test("can be asked for again by their index", () => {
    const requests = sourceOf(3);
    const sent = written(requests, 1)[7];
    expect(requests.at(7).prompt()).toBe(sent?.prompt);
    expect(requests.asked(7).outputTokens).toBe(sent?.outputTokens);
  });
  test.each([
    ["the job", { seed: "other" }],
    [
      "the level",
      { level: { id: "l02", repeat: 0, load: loadOf(1), stop: { durationS: 1, requests: null } } },
    ],
    [
      "the repeat",
      { level: { id: "l01", repeat: 1, load: loadOf(1), stop: { durationS: 1, requests: null } } },
    ],
  ])("change with %s", (_, more) =>
    expect(sourceOf(1, LENGTHS, more).at(7).prompt()).not.toBe(sourceOf(1).at(7).prompt()),
  );
});

describe("a prompt", () => {
  const words = (more: Partial<SourceOf>): number =>
    sourceOf(1, { inputTokens: 100, salt: false }, more).at(0).prompt().split(" ").length;
  test("has as many words as the calibration says make the asked tokens", () => {
    expect(words({})).toBe(94);
    expect(words({ calibration: { tokensPerWord: 2, overheadTokens: 20, source: "usage" } })).toBe(40);
  });
  test("of the job's own is as long as it is, so no tokens are asked of it", () => {
    const own = sourceOf(1, { prompts: ["alpha", "beta"], salt: false, outputTokens: 5 });
    expect([0, 1, 2].map((index) => own.at(index).prompt())).toEqual(["alpha", "beta", "alpha"]);
    expect(own.asked(0)).toEqual({ inputTokens: null, outputTokens: 5 });
  });
});

test("the shares of all shards add up to what is shared", () =>
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: 20 }), (requests, shards) => {
      const all = Array.from(
        { length: shards },
        (_, shard) => shareOf({ shard, shards }, requests) ?? Number.NaN,
      );
      expect(all.reduce((sum, count) => sum + count, 0)).toBe(requests);
    }),
  ));

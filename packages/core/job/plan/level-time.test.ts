import { expect, test } from "vitest";
import { levelTimeErrors } from "./level-time.ts";
import { type JobRequest, JobSpec } from "../spec/spec.ts";

const MAX_S = 780;
const judge = (more: Partial<JobRequest>, maxS: number | null = MAX_S): string[] =>
  levelTimeErrors(
    JobSpec.parse({ endpoint: { url: "https://llm.example.com/v1", model: "m" }, levels: [10], ...more }),
    maxS,
  ).map(({ pointer, detail }) => `${pointer}: ${detail}`);

const HALF_AN_HOUR = { stop: { durationS: 1800 }, rampS: 0 };

test("for half an hour it proposes three runs of ten minutes, or the local service", () =>
  expect(judge(HALF_AN_HOUR)).toEqual([
    "/stop/durationS: A level lasts at most 780 s here, with its ramp; this one lasts 1,800 s. Use repeats: 3 with 600 s each, or the local service, which has no such cap.",
  ]));

test("without a cap nothing is too long", () => expect(judge(HALF_AN_HOUR, null)).toEqual([]));

test.each<[string, Partial<JobRequest>]>([
  ["exactly as long as it may", { stop: { durationS: 780 }, rampS: 0 }],
  ["with the longest ramp that the warm-up may set", { stop: { durationS: 750 } }],
  ["at a rate, which has no ramp", { levels: [{ rate: 2 }], stop: { durationS: 780 }, rampS: 600 }],
  ["with as many requests as its rate brings in time", { levels: [{ rate: 2 }], stop: { requests: 1560 } }],
  [
    "with more requests than its duration lets it send",
    { levels: [{ rate: 2 }], stop: { requests: 9e6, durationS: 60 } },
  ],
  ["whose time the warm-up sets, behind the longest ramp", { rampS: 600 }],
  ["that ends by its requests alone", { stop: { requests: 10_000_000 }, rampS: 600 }],
])("a level %s is accepted", (_, more) => expect(judge(more)).toEqual([]));

test.each<[string, Partial<JobRequest>, string]>([
  [
    "a second too long",
    { stop: { durationS: 781 }, rampS: 0 },
    "/stop/durationS: A level lasts at most 780 s here, with its ramp; this one lasts 781 s. Use repeats: 2 with 391 s each,",
  ],
  [
    "too long with its ramp",
    { stop: { durationS: 700 }, rampS: 100 },
    "this one lasts 700 s after a ramp of 100 s. Use repeats: 2 with 350 s each,",
  ],
  [
    "too long with a ramp that the warm-up sets",
    { stop: { durationS: 760 } },
    "this one lasts 760 s after a ramp of up to 30 s. Use repeats: 2 with 380 s each,",
  ],
  [
    "too long beside requests that may end it",
    { stop: { durationS: 1800, requests: 100 }, rampS: 0 },
    "/stop/durationS: A level lasts at most 780 s",
  ],
  [
    "the slowest of several rates, whose requests take too long",
    { levels: [{ rate: 10 }, { rate: 1 }, { rate: 2 }], stop: { requests: 1000 } },
    "/stop/requests: A level lasts at most 780 s here, with its ramp; this one lasts 1,000 s. Use repeats: 2 with 500 s each,",
  ],
  ["already run four times", { ...HALF_AN_HOUR, repeats: 4 }, "Use repeats: 12 with 600 s each,"],
  [
    "longer than all runs together can carry",
    { ...HALF_AN_HOUR, stop: { durationS: 14_400 }, rampS: 600 },
    "this one lasts 14,400 s after a ramp of 600 s. Use repeats: 20 with 180 s each,",
  ],
])("a level %s is refused", (_, more, says) => expect(judge(more)).toEqual([expect.stringContaining(says)]));

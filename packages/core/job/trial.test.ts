import { expect, test } from "vitest";
import { JobSpec } from "./spec/spec.ts";
import { isTrial } from "./trial.ts";

const endpoint = { url: "http://127.0.0.1:8000/v1", model: "m" };

test.each<[string, object, boolean]>([
  ["8 users for 60 s", { levels: [8], stop: { durationS: 60 } }, true],
  ["two levels of 30 s", { levels: [4, 8], stop: { durationS: 30 } }, true],
  ["idle time before 60 s", { levels: [8], stop: { durationS: 60 }, idleS: 30 }, true],
  [
    "a number of requests in a job of a minute",
    { levels: [8], stop: { requests: 100 }, limits: { maxDurationS: 60 } },
    true,
  ],
  ["a search among few users for a minute", { levels: { search: { max: 8, withinS: 60 } } }, true],
  ["9 users", { levels: [9], stop: { durationS: 1 } }, false],
  ["61 s", { levels: [8], stop: { durationS: 61 } }, false],
  ["60 s twice", { levels: [8], stop: { durationS: 60 }, repeats: 2 }, false],
  ["a ramp before 60 s", { levels: [8], stop: { durationS: 60 }, rampS: 1 }, false],
  ["a number of requests, however long they take", { levels: [8], stop: { requests: 100 } }, false],
  ["a rate", { levels: [{ rate: 0.1 }], stop: { durationS: 1 } }, false],
  ["a search of rates", { levels: { search: { of: "rate", max: 1, withinS: 30 } } }, false],
  ["a search without a bound", { levels: { search: { withinS: 30 } } }, false],
  ["a search that begins beyond", { levels: { search: { max: 8, include: [9], withinS: 30 } } }, false],
  ["a sweep to 16", { levels: { sweep: { max: 16 } }, stop: { durationS: 1 } }, false],
  [
    "a warm-up of more users",
    { levels: [1], stop: { durationS: 1 }, warmup: { users: 9, requests: 9 } },
    false,
  ],
  ["a long warm-up", { levels: [1], stop: { durationS: 1 }, warmup: { users: 1, requests: 33 } }, false],
  ["a precision", { levels: [1], precision: { percent: 5 } }, false],
])("a job of %s", (_, job, expected) => {
  expect(isTrial(JobSpec.parse({ endpoint, ...job }))).toBe(expected);
});

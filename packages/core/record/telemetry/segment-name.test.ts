import { expect, test } from "vitest";
import { readSegmentName, segmentName, type SegmentName } from "./segment-name.ts";

const SEGMENT: SegmentName = {
  source: "gpu",
  boot: "b1",
  sequence: 7,
  firstUnixMs: 1_790_000_000_200,
  lastUnixMs: 1_790_000_010_100,
};

test("a segment's name says its span, its source and its place, and is read back", () => {
  const name = segmentName(SEGMENT);
  expect(name).toBe("1790000000200-1790000010100-gpu-b1-00000007");
  expect(readSegmentName(name)).toEqual(SEGMENT);
});

test.each([
  ["nothing", ""],
  ["another source", "1790000000200-1790000010100-disk-b1-00000007"],
  ["a path", "1790000000200-1790000010100-gpu-../x-00000007"],
  ["a time in 1970", "0000000000200-1790000010100-gpu-b1-00000007"],
  ["a sequence of 9 digits", "1790000000200-1790000010100-gpu-b1-000000007"],
  ["more than a name", "1790000000200-1790000010100-gpu-b1-00000007.ndjson.gz"],
])("%s is no name of a segment", (_, text) => expect(readSegmentName(text)).toBeNull());

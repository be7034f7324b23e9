import { expect, test } from "vitest";
import { costsOf } from "./request-study.ts";

test("a request of 100 µs whose chunks cost 0.5 µs each is found again", () => {
  const { requestUs, chunkUs } = costsOf(100.5, (100 + 101 * 0.5) / 101);
  expect(requestUs).toBeCloseTo(100);
  expect(chunkUs).toBeCloseTo(0.5);
});

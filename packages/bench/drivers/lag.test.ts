import { describe, expect, test } from "vitest";
import { driverErrors } from "./lag.ts";

describe("errors against the server's log", () => {
  const log = [
    { id: 1, gotMs: 100, writtenMs: Float64Array.of(150, 170, 190) },
    { id: 2, gotMs: 100, writtenMs: Float64Array.of(150) },
  ];

  test("lag is stamped − written, TTFT's error includes the server's reading of the request, a gap's error is the change of lag", () => {
    const errors = driverErrors(
      [{ id: 1, sentMs: 99, cameMs: Float64Array.of(151, 173, 192), merged: [] }],
      log,
      0,
      1000,
    );
    expect(errors.lagMs).toMatchObject({ p50: 2, max: 3 });
    expect(errors.ttftErrorMs?.p50).toBe(2);
    expect(errors.gapErrorMs).toMatchObject({ p50: 1.5, max: 2 });
    expect(errors.earlyPercent).toBe(0);
  });

  test("a stamp from before its chunk was written is as wrong as a late one, and is counted", () => {
    const errors = driverErrors(
      [{ id: 1, sentMs: 100, cameMs: Float64Array.of(140, 170, 190), merged: [] }],
      log,
      0,
      1000,
    );
    expect(errors.lagMs?.max).toBe(10);
    expect(errors.ttftErrorMs?.max).toBe(10);
    expect(errors.earlyPercent).toBeCloseTo(100 / 3);
  });

  test("only chunks written in the window count, and no gap that begins before it", () => {
    const errors = driverErrors(
      [{ id: 1, sentMs: 99, cameMs: Float64Array.of(151, 173, 192), merged: [] }],
      log,
      160,
      180,
    );
    expect(errors.lagMs?.p50).toBe(3);
    expect(errors.ttftErrorMs).toBeNull();
    expect(errors.gapErrorMs).toBeNull();
  });
});

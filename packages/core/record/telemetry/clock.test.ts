import fc from "fast-check";
import { expect, test } from "vitest";
import { clockFit } from "./clock.ts";
import type { ClockProbe } from "./sample.ts";

const OFFSET_MS = 1_790_000_000_123.456;

/** A probe at `atMs` that takes `upMs` to the server and `downMs` back. The server thinks for 2 ms. */
function probe(
  atMs: number,
  upMs: number,
  downMs: number,
  truth: (monotonicMs: number) => number,
): ClockProbe {
  const received = atMs + upMs;
  return [atMs, truth(received), truth(received + 2), received + 2 + downMs];
}

test("with the same delay both ways the offset is exact and the bound is half the round trip", () => {
  const fit = clockFit([probe(1000, 20, 20, (ms) => ms + OFFSET_MS)]);
  expect(fit?.toUnixMs(5000)).toBeCloseTo(5000 + OFFSET_MS, 2);
  expect(fit?.boundMs).toBeCloseTo(20, 2);
});

test("in a burst only the least round trip counts", () => {
  const truth = (ms: number): number => ms + OFFSET_MS;
  const fit = clockFit([probe(1000, 90, 10, truth), probe(1110, 1, 1, truth), probe(1120, 5, 300, truth)]);
  expect(fit?.toUnixMs(0)).toBeCloseTo(OFFSET_MS, 2);
  expect(fit?.boundMs).toBeCloseTo(1, 2);
});

test("a drift of 40 ppm is followed through the bursts", () => {
  const truth = (ms: number): number => ms * 1.00004 + OFFSET_MS;
  const fit = clockFit([0, 30_000, 60_000, 90_000].map((atMs) => probe(atMs, 3, 3, truth)));
  expect(Math.abs((fit?.toUnixMs(1_000_000) ?? 0) - truth(1_000_000))).toBeLessThan(0.01);
});

test("one burst on a busy network does not spoil the others", () => {
  const truth = (ms: number): number => ms + OFFSET_MS;
  const fit = clockFit([probe(0, 2, 2, truth), probe(30_000, 2, 800, truth), probe(60_000, 2, 2, truth)]);
  expect(fit?.boundMs).toBeLessThan(3);
});

test("a server that sets its clock anew shows in the bound", () => {
  const fit = clockFit([
    probe(0, 1, 1, (ms) => ms + OFFSET_MS),
    probe(30_000, 1, 1, (ms) => ms + OFFSET_MS + 400),
    probe(60_000, 1, 1, (ms) => ms + OFFSET_MS),
  ]);
  expect(fit?.boundMs).toBeGreaterThan(200);
});

test.each([
  [-3_600_000, 30],
  [-400, 30],
  [25, 30],
  [400, 30],
  [290, 300],
  [3_600_000, 300],
])(
  "a server that sets its clock by %d ms between the only two bursts, %d s apart, shows in the bound",
  (setMs, apartS) => {
    const fit = clockFit([
      probe(0, 1, 1, (ms) => ms + OFFSET_MS),
      probe(1000 * apartS, 1, 1, (ms) => ms + OFFSET_MS + setMs),
    ]);
    // The clock may have been set at any moment between them.
    for (const atMs of [0, 1000 * apartS])
      for (const moreMs of [0, setMs])
        expect(Math.abs((fit?.toUnixMs(atMs) ?? 0) - (atMs + OFFSET_MS + moreMs))).toBeLessThanOrEqual(
          fit?.boundMs ?? 0,
        );
  },
);

test("a server that stamps whole milliseconds can be late by one, and the bound says so", () => {
  const truth = (ms: number): number => ms + Math.floor(OFFSET_MS) + 0.9;
  const [t1, t2, t3, t4] = probe(1000, 0.05, 0.05, truth);
  const fit = clockFit([[t1, Math.floor(t2), Math.floor(t3), t4]]);
  expect(fit?.boundMs).toBeCloseTo(1.05, 3);
  expect(Math.abs((fit?.toUnixMs(1000) ?? 0) - truth(1000))).toBeGreaterThan(0.8);
});

test("probes that cannot be true are left out, and without any there is no clock", () => {
  expect(clockFit([])).toBeNull();
  expect(clockFit([[10, OFFSET_MS, OFFSET_MS, 5]])).toBeNull();
  expect(clockFit([[10, OFFSET_MS + 9, OFFSET_MS, 15]])).toBeNull();
});

test("between the first and the last burst the truth lies within the bound, however delays divide and the server rounds", () => {
  // The delays lie between 20 and 60 ms, so that no burst is left out.
  const delay = fc.double({ min: 20, max: 60, noNaN: true });
  const burst = fc.array(fc.tuple(delay, delay), { minLength: 1, maxLength: 7 });
  fc.assert(
    fc.property(
      fc.array(burst, { minLength: 1, maxLength: 6 }),
      fc.double({ min: -50, max: 50, noNaN: true }),
      fc.boolean(),
      (bursts, ppm, whole) => {
        const truth = (ms: number): number => ms * (1 + ppm * 1e-6) + OFFSET_MS;
        const probes = bursts.flatMap((delays, index) =>
          delays.map(([up, down], turn) => probe(index * 30_000 + turn * 150, up, down, truth)),
        );
        const fit = clockFit(
          whole
            ? probes.map(([t1, t2, t3, t4]): ClockProbe => [t1, Math.floor(t2), Math.floor(t3), t4])
            : probes,
        );
        if (fit === null) throw new Error("no clock");
        // Within one burst the drift itself moves the truth by up to 50 ppm of a second.
        for (const [t1] of probes)
          expect(Math.abs(fit.toUnixMs(t1) - truth(t1))).toBeLessThanOrEqual(fit.boundMs + 0.1);
      },
    ),
    { numRuns: 300 },
  );
});

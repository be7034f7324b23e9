import { expect, test } from "vitest";
import { clientBound } from "./certificate.ts";

const certificate = {
  addedTtftP50Ms: 0.2,
  addedTtftP99Ms: 0.4,
  addedGapP50Ms: 0.1,
  addedGapP99Ms: 0.3,
  maxEventsPerS: 1e5,
  loopDelayP50Ms: 0.1,
  requests: 400,
  gaps: 3600,
};
const quiet = { ttftMs: 0.4, gapMs: 0.3 };

test.each([
  ["a quiet event loop leaves the certificate's p99", { delayP99Ms: 0.1 }, quiet],
  ["one quieter than while certifying takes nothing away", { delayP99Ms: 0 }, quiet],
  [
    "one that was late by less than the certificate's tail is in it",
    { delayP99Ms: 0.3, readDelayP99Ms: 0.2 },
    quiet,
  ],
  [
    "what it was late by beyond that comes on top of the usual error",
    { delayP99Ms: 2.1 },
    { ttftMs: 2.2, gapMs: 2.1 },
  ],
  [
    "what reads waited for does where it is more",
    { delayP99Ms: 0.1, readDelayP99Ms: 1.2 },
    { ttftMs: 1.4, gapMs: 1.3 },
  ],
])("%s", (_, late, { ttftMs, gapMs }) => {
  const bound = clientBound({ certificate, eventLoop: { ...late, utilisation: 0.5 } });
  expect(bound).toEqual({
    ttftMs: expect.closeTo(ttftMs, 9),
    gapMs: expect.closeTo(gapMs, 9),
    requests: 400,
    gaps: 3600,
  });
});

test("where the usual error is not known, the largest stands for it", () => {
  expect(
    clientBound({
      certificate: { ...certificate, addedGapP50Ms: undefined },
      eventLoop: { delayP99Ms: 2.1, utilisation: 0.5 },
    })?.gapMs,
  ).toBeCloseTo(2.3, 9);
});

test("without a certificate there is no bound", () =>
  expect(clientBound({ certificate: null, eventLoop: { delayP99Ms: 9, utilisation: 1 } })).toBeNull());

test("a loop that was not watched adds nothing that is known", () =>
  expect(clientBound({ certificate, eventLoop: null })?.gapMs).toBe(0.3));

import { expect, test } from "vitest";
import { clientBound } from "./certificate.ts";

const certificate = { addedTtftP99Ms: 0.4, addedGapP99Ms: 0.3, maxEventsPerS: 1e5, loopDelayP50Ms: 0.1, requests: 400, gaps: 3600 };
const counts = { requests: 400, gaps: 3600 };

test.each([
  ["a quiet event loop adds nothing to the certificate", 0.1, { ttftMs: 0.4, gapMs: 0.3, ...counts }],
  ["one quieter than while certifying takes nothing away", 0, { ttftMs: 0.4, gapMs: 0.3, ...counts }],
  ["what it is late by beyond that is added to both", 2.1, { ttftMs: 2.4, gapMs: 2.3, ...counts }],
])("%s", (_, delayP99Ms, bound) => expect(clientBound({ certificate, eventLoop: { delayP99Ms, utilisation: 0.5 } })).toEqual(bound));

test.each([
  ["reads that waited no longer than the certificate's add nothing", 0.2, 0.3],
  ["what reads waited longer is added where it is more than the loop's delay", 1.2, 1.3],
])("%s", (_, readDelayP99Ms, gapMs) => {
  const bound = clientBound({ certificate: { ...certificate, readDelayP99Ms: 0.2 }, eventLoop: { delayP99Ms: 0.1, readDelayP99Ms, utilisation: 0.5 } });
  expect(bound?.gapMs).toBeCloseTo(gapMs, 9);
});

test("without a certificate there is no bound", () => expect(clientBound({ certificate: null, eventLoop: { delayP99Ms: 9, utilisation: 1 } })).toBeNull());

test("a loop that was not watched adds nothing that is known", () => expect(clientBound({ certificate, eventLoop: null })?.gapMs).toBe(0.3));

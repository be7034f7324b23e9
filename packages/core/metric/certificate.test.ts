import { expect, test } from "vitest";
import { knownCertificate } from "@brimline/testkit/synthetic";
import { clientBound } from "./certificate.ts";

const certificate = knownCertificate();
const quiet = { ttftMs: 0.4, gapMs: 0.3 };

test.each([
  ["a quiet event loop leaves the certificate's p99", { delayP99Ms: 0.1, readDelayP99Ms: 0 }, quiet],
  [
    "an event loop quieter than while certifying takes nothing away",
    { delayP99Ms: 0, readDelayP99Ms: 0 },
    quiet,
  ],
  [
    "an event loop late by less than the certificate's tail adds nothing",
    { delayP99Ms: 0.3, readDelayP99Ms: 0.2 },
    quiet,
  ],
  [
    "an event loop late by more than that adds to the usual error",
    { delayP99Ms: 2.1, readDelayP99Ms: 0 },
    { ttftMs: 2.2, gapMs: 2.1 },
  ],
  [
    "the wait of reads adds to the usual error if it is more",
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

test("without a certificate there is no bound", () =>
  expect(
    clientBound({ certificate: null, eventLoop: { delayP99Ms: 9, readDelayP99Ms: 0, utilisation: 1 } }),
  ).toBeNull());

test("an event loop that was not watched adds nothing", () =>
  expect(clientBound({ certificate, eventLoop: null })?.gapMs).toBe(0.3));

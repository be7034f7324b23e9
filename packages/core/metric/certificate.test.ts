import { expect, test } from "vitest";
import { knownCertificate, NO_ARRIVALS } from "@brimline/testkit/synthetic";
import type { ArrivalClock } from "../record/record.ts";
import { arrivalClock, clientBound, processBound } from "./certificate.ts";

const certificate = knownCertificate();
const own = { ...NO_ARRIVALS, clock: "process" } as const;
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
  const bound = clientBound({ certificate, arrivals: own, eventLoop: { ...late, utilisation: 0.5 } });
  expect(bound).toEqual({
    ttftMs: expect.closeTo(ttftMs, 9),
    gapMs: expect.closeTo(gapMs, 9),
    requests: 400,
    gaps: 3600,
  });
});

test("without a certificate there is no bound", () =>
  expect(
    clientBound({
      certificate: null,
      arrivals: own,
      eventLoop: { delayP99Ms: 9, readDelayP99Ms: 0, utilisation: 1 },
    }),
  ).toBeNull());

test("an event loop that was not watched adds nothing", () =>
  expect(clientBound({ certificate, arrivals: own, eventLoop: null })?.gapMs).toBe(0.3));

const starved = { delayP99Ms: 90, readDelayP99Ms: 70, utilisation: 1 };

test.each([
  ["makes nothing late, however late the event loop is", 0, 0, quiet],
  ["adds how much earlier first chunks may have come to TTFT alone", 0, 5, { ttftMs: 5.2, gapMs: 0.3 }],
  ["adds how much earlier chunks may have come to gaps alone", 5, 0, { ttftMs: 0.4, gapMs: 5.1 }],
  ["adds nothing to the certificate's tail where that is more", 0.1, 0.1, quiet],
])("the kernel's clock %s", (_, earlierP99Ms, firstEarlierP99Ms, { ttftMs, gapMs }) => {
  const arrivals = { ...NO_ARRIVALS, clock: "kernel", earlierP99Ms, firstEarlierP99Ms } as const;
  const summary = { certificate, arrivals, eventLoop: starved };
  expect(clientBound(summary)).toMatchObject({
    ttftMs: expect.closeTo(ttftMs, 9),
    gapMs: expect.closeTo(gapMs, 9),
  });
  // Only the process's clock bends figures by a bound.
  expect(processBound([summary])).toBeNull();
});

test("the bound of the process's clock is the worst of the shards that have it", () => {
  const shard = (late: number) => ({
    certificate,
    arrivals: own,
    eventLoop: { ...starved, delayP99Ms: late, readDelayP99Ms: 0 },
  });
  const kernel = { certificate, arrivals: NO_ARRIVALS, eventLoop: starved };
  expect(processBound([shard(2.1), shard(1.1), kernel])).toEqual({
    ttftMs: expect.closeTo(2.2, 9),
    gapMs: expect.closeTo(2.1, 9),
  });
});

test("one shard with the process's clock makes it that of all", () => {
  const of = (clock: ArrivalClock) => ({ arrivals: { ...NO_ARRIVALS, clock } });
  expect(arrivalClock([of("kernel"), of("process")])).toBe("process");
  expect(arrivalClock([of("kernel"), of("kernel")])).toBe("kernel");
  expect(arrivalClock([])).toBeNull();
});

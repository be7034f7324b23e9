import { aggregate } from "@brimline/core/report/aggregate";
import type { ShardSummary } from "@brimline/core/record/record";
import {
  CREATED_UNIX_MS,
  knownCertificate,
  type KnownLevel,
  NO_ARRIVALS,
  syntheticJob,
  syntheticLevel,
  withSummary,
} from "@brimline/testkit/synthetic";
import { expect, test } from "vitest";
import { markdownReport } from "./markdown.ts";
import { printReport } from "./print.ts";

const level = (id: string, users: number): KnownLevel =>
  syntheticLevel({
    id,
    users,
    ttftMs: 200,
    gapMs: 20,
    outputTokens: 40,
    durationS: 20,
    t0UnixMs: CREATED_UNIX_MS,
  });

/** What a terminal shows of a job. */
const printed = (levels: KnownLevel[]): string =>
  printReport(aggregate(syntheticJob(levels)), { columns: 100, page: null });

/** The row of the setup that says what the client adds. */
function clientRow(client: Partial<ShardSummary>): string | undefined {
  const text = printed([withSummary(level("l01", 2), client)]);
  return text.split("\n").find((line) => /^ *Client /.test(line));
}

test.each<[string, Partial<ShardSummary>, RegExp | undefined]>([
  [
    "says how much at most",
    { certificate: knownCertificate({ addedTtftP99Ms: 0.42, addedGapP99Ms: 0.31 }) },
    /adds at most 0.42 ms to a TTFT, 0.31 ms to a chunk gap/,
  ],
  [
    "says that it does not know",
    { uncertified: "it took longer than 10 s" },
    /could not measure its own error/,
  ],
  ["is left out where nobody asked", {}, undefined],
])("what the client adds: %s", (_, client, row) => {
  if (row === undefined) expect(clientRow(client)).toBeUndefined();
  else expect(clientRow(client)).toMatch(row);
});

test.each([
  ["kernel", "the kernel's, so a busy load generator makes nothing late"],
  ["process", "the load generator's own, so it is late while it is busy"],
] as const)("whose clock says when chunks came: the %s's", (clock, words) => {
  const report = aggregate(
    syntheticJob([withSummary(level("l01", 2), { arrivals: { ...NO_ARRIVALS, clock } })]),
  );
  expect(printReport(report, { columns: 100, page: null })).toMatch(
    new RegExp(`^ *Arrival clock +${words}$`, "m"),
  );
  expect(markdownReport(report, null)).toContain(`\nArrival clock: ${words}.\n`);
});

test("values that must not be used are marked, and the print says why", () => {
  const late: Partial<ShardSummary> = {
    certificate: knownCertificate({ addedTtftP99Ms: 1000 }),
    arrivals: { ...NO_ARRIVALS, clock: "process" },
  };
  const text = printed([withSummary(level("l01", 2), late)]);
  expect(text).toMatch(/^ *TTFT p50, ms +\d+ \?$/m);
  expect(text).toMatch(
    /^ {2}\? TTFT mean, TTFT p50, .*: not to be used; the load generator may have read late/m,
  );
  expect(printed([level("l01", 2)])).not.toMatch(/ \?( |$)/m);
});

test("valid levels are compared with the first one", () => {
  const text = printed([level("l01", 2), level("l02", 4)]);
  for (const block of ["COMPARED WITH 2 USERS", "SATURATION", "MARGINAL GAINS"])
    expect(text).toContain(block);
});

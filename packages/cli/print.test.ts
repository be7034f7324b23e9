import { aggregate } from "@brimline/core/report/aggregate";
import type { ShardSummary } from "@brimline/core/record/record";
import {
  CREATED_UNIX_MS,
  knownCertificate,
  type KnownLevel,
  syntheticJob,
  syntheticLevel,
} from "@brimline/testkit/synthetic";
import { expect, test } from "vitest";
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
  printReport(aggregate(syntheticJob(levels)), { columns: 100, pageUrl: null });

/** The row of the setup that says what the client adds. */
function clientRow(client: Partial<ShardSummary>): string | undefined {
  const of = level("l01", 2);
  const text = printed([
    { ...of, shards: of.shards.map((shard) => ({ ...shard, summary: { ...shard.summary, ...client } })) },
  ]);
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

test("valid levels are compared with the first one", () => {
  const text = printed([level("l01", 2), level("l02", 4)]);
  for (const block of ["COMPARED WITH 2 USERS", "SATURATION", "MARGINAL GAINS"])
    expect(text).toContain(block);
});

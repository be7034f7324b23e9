import type { Reason } from "@brimline/core/codes";
import type { Validity } from "@brimline/core/figure";
import { rateLoad } from "@brimline/core/load/rate";
import type { RequestRecord } from "@brimline/core/record/record";
import { aggregate } from "@brimline/core/report/aggregate";
import {
  CREATED_UNIX_MS,
  type KnownLevel,
  syntheticJob,
  syntheticLevel,
  withMerged,
  withRecords,
  withSummary,
} from "@brimline/testkit/synthetic";
import { expect, test } from "vitest";
import { thingsToKnow } from "./care.ts";

const USERS = 10;
const tenUsers = (shards = 1): KnownLevel =>
  syntheticLevel({
    id: "l01",
    users: USERS,
    ttftMs: 200,
    gapMs: 20,
    outputTokens: 40,
    durationS: 60,
    t0UnixMs: CREATED_UNIX_MS,
    jitter: 0.1,
    shards,
  });

const changed = (level: KnownLevel, change: (record: RequestRecord) => Partial<RequestRecord>): KnownLevel =>
  withRecords(level, (records) => records.map((record) => ({ ...record, ...change(record) })));

const giving = (record: RequestRecord, output: number): Partial<RequestRecord> => ({
  tokens: { ...record.tokens, output },
});

/** Requests are due by themselves, and each waits longer for its first token than the one before. */
function growingQueue(ended: "completed" | "over_saturated"): KnownLevel {
  const waiting = changed(tenUsers(), (record) => {
    const firstMs = record.sentMs + 200 + record.sentMs / 2;
    const lastMs = firstMs + 780;
    return { user: null, firstByteMs: firstMs, firstMs, firstVisibleMs: firstMs, lastMs, doneMs: lastMs };
  });
  return {
    ...withSummary(waiting, { ended, drainEndMs: 120_000 }),
    plan: { ...waiting.plan, load: rateLoad({ rate: 10, arrival: "constant" }), rampS: 0 },
    state: ended === "completed" ? "completed" : "stopped",
  };
}

/** One of two shards is gone, and one of twenty. */
function torn(shards: number): KnownLevel {
  const whole = tenUsers(shards);
  return { ...whole, shards: whole.shards.slice(1), missingShards: 1 };
}

test.each<[string, KnownLevel, Validity, Reason[], RegExp]>([
  [
    "a slow start, which is cut",
    changed(tenUsers(), (record) => giving(record, record.dueMs < 12_000 ? 20 : 40)),
    "valid",
    [],
    /^The endpoint still warmed up when levels began: the first 1[01](\.\d+)? s at 10 users gave another output than the rest\. They were cut/,
  ],
  [
    "an endpoint that drifts",
    changed(tenUsers(), (record) => giving(record, Math.round(40 - record.dueMs / 4000))),
    "indicative",
    ["not_steady"],
    /^The endpoint did not hold still at 10 users: TTFT, throughput or what was in flight moved by more than 10 %/,
  ],
  [
    "a queue that grows until the load generator ends the level",
    growingQueue("over_saturated"),
    "indicative",
    ["over_saturated", "not_steady"],
    /^The endpoint could not keep up with 10 requests\/s: requests in flight and TTFT only grew, so the level was ended early\.$/,
  ],
  [
    "a queue that grows to the end of the level",
    growingQueue("completed"),
    "indicative",
    ["not_steady"],
    /^The endpoint did not hold still at 10 requests\/s: .* A queue that grows does this/,
  ],
  [
    "a shard of two that is lost",
    torn(2),
    "invalid",
    ["shards_lost", "under_delivered"],
    /^A part of the load generator was lost at 10 users, .* Do not use these figures, and run the job again\./,
  ],
  [
    "a shard of ten that is lost",
    torn(10),
    "indicative",
    ["shards_lost", "under_delivered"],
    /^A part of the load generator was lost at 10 users, .* Read these figures with care, and run the job again\./,
  ],
  [
    "a cache that answers in place of the endpoint",
    changed(tenUsers(), (record) => ({ tokens: { ...record.tokens, cached: 80 } })),
    "invalid",
    ["contaminated"],
    /^The endpoint took prompt tokens from its cache, although every prompt was unique: 80 % at 10 users\. It did not compute them, so it looks faster than it is\.$/,
  ],
  [
    "a load generator that is starved",
    withMerged(tenUsers(), () => [{ chunk: 5, chunks: 3, earlierUs: 10_000 }]),
    "indicative",
    ["client_limited"],
    /^The load generator read so late that the kernel merged chunks \(7\.5 % at 10 users\), .* Give the load generator a core of its own, or a faster machine\.$/,
  ],
])("a page says what went wrong: %s", (_, level, validity, reasons, sentence) => {
  const report = aggregate(syntheticJob([level]));
  const [only] = report.levels;
  expect(only).toMatchObject({ validity, reasons });
  const { first, caveats, findings } = thingsToKnow(report);
  expect([...first.map(({ text }) => text), ...caveats, ...findings]).toContainEqual(
    expect.stringMatching(sentence),
  );
  // It is among the three that stand unfolded, unless nothing has to be read with care.
  if (validity !== "valid")
    expect(first).toContainEqual({ text: expect.stringMatching(sentence), isWarning: true });
});

import { normalFrom, randomFrom } from "@brimline/core/random";
import type { RequestRecord } from "@brimline/core/record/record";

/**
 * Requests as an inference engine that batches would serve them. A forward pass takes about 20 ms, and that
 * length wanders slowly. Each chunk has its own jitter. One chunk in a hundred comes after a stall of eight
 * passes, and three in a hundred come in the same socket read as the one before.
 */
const PASS_US = 20_000;
const PASS_SPREAD_US = 400;
const PASS_MEMORY = 0.9;
const JITTER_US = 150;
const STALLS = { share: 0.01, passes: 8 };
const COALESCED = 0.03;
const TTFT_US = { least: 180_000, spread: 60_000 };

/** Gaps as they are in a record, in whole µs. */
export function plausibleGaps(chunks: number, random: () => number): number[] {
  let passUs = PASS_US;
  let dueUs = TTFT_US.least + Math.abs(normalFrom(random)) * TTFT_US.spread;
  let lastUs = 0;
  return Array.from({ length: chunks }, (_, i) => {
    passUs = PASS_US + PASS_MEMORY * (passUs - PASS_US) + normalFrom(random) * PASS_SPREAD_US;
    dueUs += random() < STALLS.share ? passUs * STALLS.passes : passUs;
    const isCoalesced = i > 0 && random() < COALESCED;
    const atUs = isCoalesced ? lastUs : Math.max(lastUs, Math.round(dueUs + normalFrom(random) * JITTER_US));
    const gapUs = atUs - lastUs;
    lastUs = atUs;
    return gapUs;
  });
}

/** So many different requests are enough, because two equal ones never lie in one block of a file. */
const DIFFERENT = 5000;

export interface PlausibleShard {
  shard: number;
  shards: number;
  requests: number;
  chunks: number;
  users: number;
}

/**
 * The records of one shard of a closed loop, roughly in the order of their ends: its users are answered in
 * turns, and each sends again when it was answered.
 */
export function* plausibleRecords({
  shard,
  shards,
  requests,
  chunks,
  users,
}: PlausibleShard): Generator<RequestRecord> {
  const random = randomFrom(shard + 1);
  const pool = Array.from({ length: Math.min(requests, DIFFERENT) }, () => plausibleGaps(chunks, random));
  const lengthsUs = pool.map((gaps) => gaps.reduce((sum, gap) => sum + gap, 0));
  const freeUs = Array.from({ length: users }, (_, user) => Math.round((user * 2_000_000) / users));
  for (let i = 0; i < requests; i++) {
    const user = i % users;
    const gapsUs = pool[i % pool.length] ?? [];
    const dueUs = freeUs[user] ?? 0;
    const sentUs = dueUs + 20 + Math.round(60 * random());
    const firstUs = sentUs + (gapsUs[0] ?? 0);
    const lastUs = sentUs + (lengthsUs[i % pool.length] ?? 0);
    const doneUs = lastUs + 30 + Math.round(200 * random());
    freeUs[user] = doneUs;
    yield {
      index: shard + i * shards,
      user: shard + user * shards,
      dueMs: dueUs / 1000,
      sentMs: sentUs / 1000,
      connectMs: null,
      firstByteMs: (firstUs - Math.round(300 * random())) / 1000,
      firstMs: firstUs / 1000,
      firstVisibleMs: firstUs / 1000,
      lastMs: lastUs / 1000,
      doneMs: doneUs / 1000,
      closeLagMs: (doneUs % 200) / 1000,
      closeCut: false,
      gapsUs,
      merged: [],
      chunkTokens: null,
      status: 200,
      outcome: "ok",
      finishReason: "length",
      tokens: {
        input: 511 + Math.round(2 * random()),
        output: chunks,
        reasoning: null,
        cached: 0,
        source: "usage",
      },
      usageInvalid: false,
      connectionReused: true,
      resent: false,
      errorText: null,
    };
  }
}

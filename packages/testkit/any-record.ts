import { addMerged } from "@brimline/core/record/columns/merged";
import { OUTCOMES, SOURCES } from "@brimline/core/record/columns/words";
import type { RequestRecord } from "@brimline/core/record/record";
import fc from "fast-check";
import { anyText } from "./any-text.ts";

const ms = fc.integer({ min: -1_000_000, max: 4_000_000_000_000 }).map((us) => us / 1000 + 0);
const maybeMs = fc.option(ms);
const count = fc.nat();
const maybeCount = fc.option(count);
const gapUs = fc.oneof(fc.nat(50_000), fc.constantFrom(0, 255, 256, 65_535, 65_536, 2 ** 24, 2 ** 32 - 1));
const text = fc.oneof(anyText(), fc.constantFrom("", "\ufeffmarked", "stop", "a\nb", "long ".repeat(500)));

/** Any record that the schema allows, most of them like none that a shard would write. */
export const anyRecord: fc.Arbitrary<RequestRecord> = fc
  .record({
    index: count,
    user: maybeCount,
    dueMs: ms,
    sentMs: ms,
    connectMs: maybeMs,
    firstByteMs: maybeMs,
    firstMs: maybeMs,
    firstVisibleMs: maybeMs,
    lastMs: maybeMs,
    doneMs: maybeMs,
    closeLagMs: fc.option(fc.nat().map((us) => us / 1000)),
    closeCut: fc.boolean(),
    gapsUs: fc.array(gapUs),
    chunkTokens: fc.option(fc.array(count)),
    status: maybeCount,
    outcome: fc.constantFrom(...OUTCOMES),
    finishReason: fc.option(text),
    tokens: fc.record({
      input: maybeCount,
      output: maybeCount,
      reasoning: maybeCount,
      cached: maybeCount,
      source: fc.constantFrom(...SOURCES),
    }),
    usageInvalid: fc.boolean(),
    connectionReused: fc.boolean(),
    resent: fc.boolean(),
    errorText: fc.option(text),
  })
  .chain((record) =>
    fc
      .record({
        hasTokens: fc.boolean(),
        merged: fc.oneof(fc.constant<number[]>([]), fc.subarray([...record.gapsUs.keys()])),
        earlierUs: gapUs,
      })
      .map(({ hasTokens, merged, earlierUs }) => ({
        ...record,
        merged: mergedOf(merged, earlierUs),
        chunkTokens: hasTokens ? record.gapsUs.map((_, i) => i % 3) : record.chunkTokens,
      })),
  );

/** These chunks as merged ones, pairs of them with one bound. */
function mergedOf(chunks: number[], earlierUs: number): RequestRecord["merged"] {
  const merged: RequestRecord["merged"] = [];
  for (const chunk of chunks) addMerged(merged, chunk, 1, Math.max(0, earlierUs - Math.floor(chunk / 2)));
  return merged;
}

import type { Gaps } from "./chunk.ts";

/**
 * The share of chunks that came in the same socket read as the one before, in percent. It is null without
 * chunks.
 */
export const coalescedPercent = ({ chunks, coalesced }: Pick<Gaps, "chunks" | "coalesced">): number | null =>
  chunks === 0 ? null : (100 * coalesced) / chunks;

/**
 * Above either of these shares the stream says more of what bunched it than of the endpoint: chunks that came with
 * the one before, and answers that came in one arrival. An endpoint that writes each token at once stays below
 * 5 %; proxies that hold writes back make 50 to 95 %.
 */
export const BUNCHED_PERCENT = 20;
const ONE_ARRIVAL_PERCENT = 5;

export const isBunched = (gaps: BunchedGaps, answers: { all: number; oneArrival: number }): boolean =>
  ((coalescedPercent(gaps) ?? 0) > BUNCHED_PERCENT && !isFasterThanReads(gaps)) ||
  100 * answers.oneArrival > ONE_ARRIVAL_PERCENT * answers.all;

type BunchedGaps = Pick<Gaps, "chunks" | "coalesced" | "inWindows" | "elsewhere">;

/**
 * The load generator looks at a stream about once a ms, so chunks that come faster share a read for its sake. They do
 * where reads follow one another in about that time, mean ms, and no more chunks share one than a fast endpoint writes
 * meanwhile: 10 chunks in a ms are 10,000 tokens/s for one user.
 */
const READ_MS = 2.5;
const CHUNKS_A_READ = 10;

function isFasterThanReads({ chunks, coalesced, inWindows, elsewhere }: BunchedGaps): boolean {
  const gaps = inWindows.length + elsewhere.length;
  return (
    inWindows.sumUs() + elsewhere.sumUs() <= 1000 * READ_MS * gaps &&
    chunks <= CHUNKS_A_READ * (chunks - coalesced)
  );
}

import type { Usage } from "../../dialect/dialect.ts";
import type { RequestRecord } from "../record.ts";

/** What a stream has said of its tokens so far. It is mutable because every open request has one. */
export interface TokenCount {
  /** The latest counts, wherever in the stream they stood. */
  usage: Usage | null;
  /** How many output chunks had come when the latest count of output tokens came, the one with it included. */
  usageChunks: number;
  /** Whether that count came beside output. */
  isBeside: boolean;
  /** Whether a count could not be true. */
  isFlawed: boolean;
  /** The count of output tokens beside each output chunk. It is null once a chunk came without one. */
  besideChunks: number[] | null;
  /** Whether the answer is made of tokens. A vector is not, so that it has no output tokens, whatever it counts. */
  isOfTokens: boolean;
}

export const newTokenCount = (): TokenCount => ({
  usage: null,
  usageChunks: 0,
  isBeside: false,
  isFlawed: false,
  besideChunks: [],
  isOfTokens: true,
});

/** Counts one output chunk. A count of zero beside output says nothing: some servers repeat it until the end. */
export function countChunk(count: TokenCount, usage: Usage | null): void {
  if (count.besideChunks === null) return;
  const output = usage?.output ?? 0;
  if (output > 0) count.besideChunks.push(output);
  else count.besideChunks = null;
}

/**
 * Takes counts that came after so many output chunks. Some dialects report the input first and the output at the
 * end, and some repeat zeros: neither a null nor a zero replaces a count.
 */
export function countUsage(count: TokenCount, usage: Usage, chunks: number, isBeside: boolean): void {
  const before = count.usage;
  const latest = (name: keyof Usage): number | null => {
    const known = usage[name];
    return known !== null && known > 0 ? known : (before?.[name] ?? known);
  };
  if (usage.output !== null && (usage.output > 0 || before?.output == null)) {
    count.usageChunks = chunks;
    count.isBeside = isBeside;
  }
  count.usage = {
    input: latest("input"),
    output: latest("output"),
    reasoning: latest("reasoning"),
    cached: latest("cached"),
  };
}

/** How many more output chunks than tokens are no contradiction, as a share of the tokens. */
const CHUNKS_MORE = 0.02;

/**
 * The tokens of an answer that is over and had so many output chunks: those of the usage that came last, or else
 * the output chunks. A usage from before the last chunk that counts fewer tokens than there are chunks is not of
 * the whole answer. One that counts fewer although it came last cannot be true, but is all that is known.
 */
export function tokensOf(
  { usage, usageChunks, isBeside, isFlawed, besideChunks, isOfTokens }: TokenCount,
  chunks: number,
): Pick<RequestRecord, "tokens" | "chunkTokens" | "usageInvalid"> {
  const { chunkTokens, isOwn, isFallen } = ofChunks(besideChunks ?? []);
  const ownTokens = (chunkTokens ?? []).reduce((sum, tokens) => sum + tokens, 0);
  const output = isOwn && isBeside ? ownTokens : (usage?.output ?? null);
  const isZero = output === 0 && chunks > 0;
  const isStale = output !== null && usageChunks < chunks && output < chunks;
  const isKnown = output !== null && !isZero && !isStale;
  const isGuess = isOfTokens ? !isKnown : usage === null;
  return {
    tokens: {
      // No prompt is empty, so none has no tokens.
      input: usage?.input === 0 ? null : (usage?.input ?? null),
      output: isKnown ? output : chunks === 0 || !isOfTokens ? null : chunks,
      reasoning: usage?.reasoning ?? null,
      cached: usage?.cached ?? null,
      source: isGuess ? "chunks" : chunkTokens !== null && isBeside ? "chunk_usage" : "usage",
    },
    chunkTokens,
    usageInvalid:
      isFlawed ||
      isFallen ||
      isZero ||
      usage?.input === 0 ||
      (isKnown && chunks > Math.ceil((1 + CHUNKS_MORE) * output)),
  };
}

/**
 * The tokens of each chunk by the counts beside them. Most endpoints count all output so far, so a chunk's own
 * tokens are the difference to the chunk before it. Some count each chunk alone: then the counts do not grow, and
 * the last is less than there are chunks. Counts that fall otherwise say nothing.
 */
function ofChunks(counts: number[]): { chunkTokens: number[] | null; isOwn: boolean; isFallen: boolean } {
  const last = counts.at(-1) ?? 0;
  const isFallen = counts.some((count, chunk) => count < (counts[chunk - 1] ?? 0));
  const isOwn = last < counts.length && (isFallen || last === counts[0]);
  if (isOwn) return { chunkTokens: counts, isOwn, isFallen: false };
  if (isFallen || counts.length === 0) return { chunkTokens: null, isOwn, isFallen };
  return { chunkTokens: counts.map((count, chunk) => count - (counts[chunk - 1] ?? 0)), isOwn, isFallen };
}

import { createHash } from "node:crypto";
import { promptTokensOf } from "./request.ts";
import type { Preset } from "./presets.ts";

/**
 * Remembers how prompts began, as inference engines with automatic prefix caching do. It changes what usage
 * says, not how long a prompt takes.
 */
export interface PrefixCache {
  /** Keeps a prompt and returns how many of its tokens were there already, in whole blocks from its start. */
  take(words: string[]): number;
}

/** A million blocks take some 100 MB. After that the cache starts empty again. */
const MAX_BLOCKS = 1_000_000;

/**
 * It is null where the preset has no cache. The template stands before all words, so its whole blocks are
 * shared from the second prompt on.
 */
export function createPrefixCache(preset: Preset): PrefixCache | null {
  const { cacheBlockTokens } = preset;
  if (cacheBlockTokens === undefined) return null;
  const kept = new Set<string>();

  return {
    take(words) {
      if (kept.size > MAX_BLOCKS) kept.clear();
      const tokens = promptTokensOf(words.length, preset);
      const hash = createHash("sha1");
      let hashed = 0;
      let cached = 0;
      let isShared = true;
      for (let end = cacheBlockTokens; end <= tokens; end += cacheBlockTokens) {
        // A word belongs to the block in which it ends.
        for (; hashed < words.length && promptTokensOf(hashed + 1, preset) <= end; hashed++)
          hash.update(` ${words[hashed]}`);
        const block = `${end} ${hash.copy().digest("base64")}`;
        isShared &&= kept.has(block);
        if (isShared) cached = end;
        kept.add(block);
      }
      return cached;
    },
  };
}

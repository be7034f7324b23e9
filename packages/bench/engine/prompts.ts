import { WORDS } from "@brimline/core/job/words";
import { randomFrom, seedOf } from "@brimline/core/random";

/** So many prompts of so many words, no two alike; the same for the same name. */
export function promptsOf(name: string, count: number, words: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const random = randomFrom(seedOf("prompt", name, index));
    return [
      String(index),
      ...Array.from({ length: words - 1 }, () => WORDS[Math.floor(random() * WORDS.length)]),
    ].join(" ");
  });
}

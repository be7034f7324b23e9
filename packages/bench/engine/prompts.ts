import { WORDS } from "@brimline/core/job/request/words";
import { randomFrom, seedOf } from "@brimline/core/random";

/** Makes so many prompts of so many words. No two are alike, and the same name gives the same ones. */
export function promptsOf(name: string, count: number, words: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const random = randomFrom(seedOf("prompt", name, index));
    return [
      String(index),
      ...Array.from({ length: words - 1 }, () => WORDS[Math.floor(random() * WORDS.length)]),
    ].join(" ");
  });
}

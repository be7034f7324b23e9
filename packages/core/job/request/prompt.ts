import { randomFrom } from "../../random.ts";
import type { JobSpec } from "../spec/spec.ts";
import { WORDS } from "./words.ts";

/**
 * The user message of a request: synthetic text of so many words, or one of the caller's prompts in turn.
 * Unless `salt` is off it starts with eight random hexadecimal digits, so that no two requests share a prefix
 * that an endpoint could have cached. Twins of one seed have other digits and the same words.
 */
export function promptText(
  {
    index,
    words,
    textSeed,
    saltSeed = textSeed,
  }: { index: number; words: number; textSeed: number; saltSeed?: number },
  { prompts, salt }: Pick<JobSpec["workload"], "prompts" | "salt">,
): string {
  const random = randomFrom(textSeed);
  const start = salt
    ? `${Math.floor(randomFrom(saltSeed)() * 4_294_967_296)
        .toString(16)
        .padStart(8, "0")} `
    : "";
  const own = prompts?.[index % prompts.length];
  if (own !== undefined) return start + own;
  // A loop, because `Array.from` takes nearly twice as long, and a prompt is written for each request.
  const text: (string | undefined)[] = [];
  for (let word = 0; word < words; word++) text.push(WORDS[Math.floor(random() * WORDS.length)]);
  return start + text.join(" ");
}

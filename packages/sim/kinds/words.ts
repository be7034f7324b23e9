const WORDS = ["every", "number", "here", "is", "known", "before", "it", "is", "measured"];

/**
 * The text of a token. The same place in the answer always has the same text. None needs escaping in JSON, so
 * that a token takes no more than joining strings: hundreds of streams are written in one turn.
 */
export const textOf = (index: number): string =>
  `${index === 0 ? "" : " "}${WORDS[index % WORDS.length] ?? ""}`;

/** The text of so many tokens. */
export const wholeText = (tokens: number): string =>
  Array.from({ length: tokens }, (_, index) => textOf(index)).join("");

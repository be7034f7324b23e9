import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomFrom } from "../../random.ts";
import {
  calibrate,
  calibrateBesideImages,
  type Calibration,
  DEFAULT_CALIBRATION,
  EVERY_WORD,
  wordsFor,
} from "./calibration.ts";
import { WORDS } from "./words.ts";

const line = (tokensPerWord: number, overheadTokens: number): Calibration => ({
  tokensPerWord,
  overheadTokens,
  source: "usage",
});
const countsOn = ({ tokensPerWord, overheadTokens }: Calibration, words: number[]) =>
  words.map((count) => ({ words: count, tokens: Math.round(overheadTokens + tokensPerWord * count) }));
/** The mean tokens of 2,000 prompts of that length at an endpoint that counts along the line. */
function meanTokens(inputTokens: number, counted: Calibration, assumed = counted): number {
  const random = randomFrom(1);
  const words = Array.from({ length: 2000 }, () =>
    wordsFor({ inputTokens, textSeed: Math.floor(random() * 4_294_967_296) }, assumed),
  );
  return (
    counted.overheadTokens +
    (counted.tokensPerWord * words.reduce((sum, count) => sum + count, 0)) / words.length
  );
}
const endpoints = {
  tokensPerWord: fc.double({ min: 0.5, max: 6, noNaN: true }),
  overheadTokens: fc.integer({ min: 0, max: 400 }),
};

describe("a calibration", () => {
  test.each([
    ["an exact line is found", countsOn(line(3, 13), [6, 99]), line(3, 13)],
    [
      "the overhead is never below 0: then all tokens are those of the words",
      [
        { words: 10, tokens: 15 },
        { words: 110, tokens: 225 },
      ],
      line(2, 0),
    ],
    ["prompts of one length leave the default overhead", [{ words: 100, tokens: 156 }], line(1.5, 6)],
    ["no counts leave the default", [], DEFAULT_CALIBRATION],
    [
      "tokens that no tokenizer can have counted leave the default",
      [
        { words: 6, tokens: 0 },
        { words: 99, tokens: 0 },
      ],
      DEFAULT_CALIBRATION,
    ],
    [
      "longer prompts with fewer tokens tell no slope, so the line goes through their mean",
      [
        { words: 50, tokens: 102 },
        { words: 52, tokens: 100 },
      ],
      line(95 / 51, 6),
    ],
  ])("%s", (_fact, counts, wanted) => {
    const found = calibrate(counts);
    expect(found.source).toBe(wanted.source);
    expect(found.tokensPerWord).toBeCloseTo(wanted.tokensPerWord, 9);
    expect(found.overheadTokens).toBeCloseTo(wanted.overheadTokens, 9);
  });

  test.each([
    ["the tokens of a word, whatever the images have", countsOn(line(1.3, 500), [10, 110]), line(1.3, 6)],
    ["nothing from one prompt", countsOn(line(1.3, 500), [10]), DEFAULT_CALIBRATION],
    ["nothing from counts that do not grow", countsOn(line(0, 500), [10, 110]), DEFAULT_CALIBRATION],
  ])("beside images learns %s", (_fact, counts, wanted) =>
    expect(calibrateBesideImages(counts)).toEqual(wanted),
  );

  test("learnt from a short and a longer prompt gives every asked length within 2 %, whatever tokenizer and template", () =>
    fc.assert(
      fc.property(
        endpoints.tokensPerWord,
        endpoints.overheadTokens,
        fc.integer({ min: 64, max: 4000 }),
        (tokensPerWord, overheadTokens, asked) => {
          fc.pre(asked > overheadTokens + 2 * tokensPerWord);
          const counted = line(tokensPerWord, overheadTokens);
          // The two prompts have whole numbers of tokens, which leaves half a token of doubt in each. It
          // weighs least on prompts that are not much longer than they are.
          fc.pre(asked <= 1000 || tokensPerWord >= 1);
          const learnt = calibrate(countsOn(counted, [6, 99]));
          expect(Math.abs(meanTokens(asked, counted, learnt) / asked - 1)).toBeLessThan(0.02);
        },
      ),
      { numRuns: 60 },
    ));

  test("learnt from one length is right at that length, though its slope is a guess", () => {
    const counted = line(1.3, 20);
    const learnt = calibrate(countsOn(counted, [250, 250, 250]));
    expect(meanTokens(345, counted, learnt)).toBeCloseTo(345, 0);
  });
});

describe("the words of a prompt", () => {
  test("make the asked tokens on average, where no whole number of words would", () =>
    expect(meanTokens(65, line(6, 0))).toBeCloseTo(65, 0));
  test("are at least one, however much the template adds", () =>
    expect(wordsFor({ inputTokens: 10, textSeed: 0 }, line(1, 20))).toBe(1));
  test("are the same for the same request", () =>
    expect(wordsFor({ inputTokens: 65, textSeed: 7 }, line(1.3, 20))).toBe(
      wordsFor({ inputTokens: 65, textSeed: 7 }, line(1.3, 20)),
    ));
  test("each stand once in the longer prompt of preflight, so that it shows their mean", () =>
    expect(EVERY_WORD.split(" ").toSorted()).toEqual([...new Set(WORDS)].toSorted()));
});

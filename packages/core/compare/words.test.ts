import { expect, test } from "vitest";
import type { Change } from "../codes.ts";
import { unknown } from "../figure.ts";
import { loadOf } from "../load.ts";
import type { GateFigure } from "./schema.ts";
import { sentenceOf } from "./words.ts";

const figure = (figure: string, users: number, percent: number, verdict: Change): GateFigure => ({
  load: loadOf(users),
  levels: { a: "l01", b: "l01" },
  figure,
  a: { ...unknown(), value: 200 },
  b: { ...unknown(), value: 200 * (1 + percent / 100) },
  pairing: "twins",
  unit: "percent",
  change: { value: percent, low: percent - 1, high: percent + 1 },
  smallest: 2,
  reasons: [],
  verdict,
  p: 0.01,
});

test("a figure that got worse at several loads is named once, the largest change first", () =>
  expect(
    sentenceOf(
      [
        figure("ttftMs.p95", 8, 6, "worse"),
        figure("ttftMs.p95", 32, 12, "worse"),
        figure("outputTokensPerS", 8, -5, "worse"),
      ],
      3,
    ),
  ).toBe(
    "Worse: TTFT p95 at 32 users rose by 12 % (11 to 13), from 200 to 224 ms, and at 8 users by 6 % (5 to 7), from 200 to 212 ms; throughput at 8 users fell by 5 % (4 to 6), from 200 to 190 tokens/s.",
  ));

test("of what is not known three figures are named at three loads each, and the rest is counted", () =>
  expect(
    sentenceOf(
      [1, 2, 4, 8].flatMap((users) =>
        ["ttftMs.mean", "tpotMs.mean", "ttftMs.p95", "tpotMs.p95"].map((name, i) =>
          figure(name, users, 0.8 - i / 10, "inconclusive"),
        ),
      ),
      3,
    ),
  ).toBe(
    "Not known to have changed, nor to be within 3 %: TTFT mean at 1 user (−0.2 to +1.8 %), 2 users (−0.2 to +1.8 %) and 4 users (−0.2 to +1.8 %); TPOT mean at 1 user (−0.3 to +1.7 %), 2 users (−0.3 to +1.7 %) and 4 users (−0.3 to +1.7 %); TTFT p95 at 1 user (−0.4 to +1.6 %), 2 users (−0.4 to +1.6 %) and 4 users (−0.4 to +1.6 %); and 7 more.",
  ));

import { drawLength } from "@brimline/core/job/request/length";
import { type Load, loadOf } from "@brimline/core/load";
import type { ModelParams } from "@brimline/sim/model";
import { batched, drawn, type Serve, type Stretch } from "./serve.ts";

/** A kind of endpoint under a load, whose figures are known from levels that are very long. */
export interface System {
  name: string;
  load: Load;
  /** The size of a request, drawn from its own random numbers. */
  size: (random: () => number) => { promptTokens: number; outputTokens: number };
  serve: Serve;
  /** Whether it changes over the level, so that it has no truth and must be called not steady. */
  drifts?: true;
  /** What it is after its start, which must be cut or called not steady. Its truth is that. */
  settles?: Serve;
}

/** Twelve answers at once take 38 ms a token with their prompts. */
const ENGINE: ModelParams = {
  iterationMs: 20,
  iterationPerRequestMs: 1,
  prefillTokensPerS: 8000,
  slots: 12,
  kvTokens: 1e9,
};
const PROMPT = { shape: "lognormal", mean: 256, stdev: 256 } as const;
const ANSWER = { shape: "lognormal", mean: 64, stdev: 64, min: 2 } as const;
const sized =
  (prompt: Parameters<typeof drawLength>[0], answer: Parameters<typeof drawLength>[0]): System["size"] =>
  (random) => ({ promptTokens: drawLength(prompt, random), outputTokens: drawLength(answer, random) });

/** The requests per second that keep all slots busy: slots ÷ (tokens of an answer × time of a token). */
const CAPACITY_PER_S =
  (1000 * ENGINE.slots) /
  (ANSWER.mean * (ENGINE.iterationMs + ENGINE.slots * ENGINE.iterationPerRequestMs) +
    (1000 * ENGINE.slots * PROMPT.mean) / ENGINE.prefillTokensPerS);
const busy = (share: number, pattern: object = {}): Load =>
  loadOf({ rate: share * CAPACITY_PER_S, ...pattern });

/** The same engine, all of whose times are so many times as long. */
const slowed = (slowdown: number): ModelParams => ({
  ...ENGINE,
  iterationMs: slowdown * ENGINE.iterationMs,
  iterationPerRequestMs: slowdown * ENGINE.iterationPerRequestMs,
  prefillTokensPerS: ENGINE.prefillTokensPerS / slowdown,
});

/** Four answers of five are short, and the fifth is sixteen times as long. */
const twoModes: System["size"] = (random) => ({
  promptTokens: drawLength(PROMPT, random),
  outputTokens: random() < 0.8 ? 16 : 256,
});

/** What is longer at an endpoint: all of its times, so that it does less, or what a proxy before it stretches. */
export type Slowdown = Stretch & { all: number };
export const NO_SLOWDOWN: Slowdown = { all: 1, ttft: 1, tpot: 1 };

/** The systems that have a truth. Their endpoints are so much slower. */
export function steadySystems({ all, ttft, tpot } = NO_SLOWDOWN): System[] {
  const usual = { size: sized(PROMPT, ANSWER), serve: batched(() => slowed(all), { ttft, tpot }) };
  const noEngine = { ttft: all * ttft, tpot: all * tpot };
  return [
    {
      name: "independent",
      load: busy(1, { arrival: "constant" }),
      size: usual.size,
      serve: drawn(0, noEngine),
    },
    {
      name: "leaning, 0.8",
      load: busy(1, { arrival: "constant" }),
      size: usual.size,
      serve: drawn(0.8, noEngine),
    },
    { name: "closed, 10 users", load: loadOf(10), ...usual },
    { name: "closed, 24 users (queue)", load: loadOf(24), ...usual },
    { name: "open, 30 % busy", load: busy(0.3), ...usual },
    { name: "open, 55 % busy", load: busy(0.55), ...usual },
    { name: "open, 80 % busy", load: busy(0.8), ...usual },
    { name: "open, 90 % busy", load: busy(0.9), ...usual },
    { name: "bursts, 55 % busy", load: busy(0.55, { arrival: "gamma", burstiness: 0.25 }), ...usual },
    { name: "two kinds of answers", load: loadOf(10), size: twoModes, serve: usual.serve },
    {
      name: "long prompts",
      load: loadOf(10),
      size: sized({ ...PROMPT, mean: 2000, stdev: 2000 }, ANSWER),
      serve: usual.serve,
    },
  ];
}

export const SYSTEMS: System[] = [
  ...steadySystems(),
  {
    name: "drifting by 30 %",
    load: loadOf(10),
    size: sized(PROMPT, ANSWER),
    serve: batched((share) => ({ ...ENGINE, iterationMs: ENGINE.iterationMs * (1 + 0.45 * share) })),
    drifts: true,
  },
  {
    name: "a slow start",
    load: loadOf(10),
    size: sized(PROMPT, ANSWER),
    serve: batched((share) => ({ ...ENGINE, iterationMs: ENGINE.iterationMs * (share < 0.2 ? 2 : 1) })),
    settles: batched(() => ENGINE),
  },
];

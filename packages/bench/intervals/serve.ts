import { normalFrom } from "@brimline/core/random";
import { createModel, type ModelParams } from "@brimline/sim/model";

/** A request as a level asks it. */
export interface Ask {
  index: number;
  /** It is null in an open loop. */
  user: number | null;
  dueMs: number;
  promptTokens: number;
  outputTokens: number;
}

/** A request with the time of each of its tokens, ms from the start of the level. */
export interface Answered extends Ask {
  atMs: number[];
}

/** What a level asks: all that is due by itself, in order, and what a user asks when it was answered. */
export interface Asking {
  /** The first requests of all users, or all requests of an open loop. */
  scheduled: Ask[];
  /** What a user asks at this moment, or null if the level is over. */
  next: (user: number, atMs: number) => Ask | null;
  stopMs: number;
}

/** How an endpoint answers all that a level asks, in virtual time. */
export type Serve = (asking: Asking, random: () => number) => Answered[];

/** The fixed time of an iteration varies by so much, which no two iterations share. */
const ITERATION_SIGMA = 0.05;

/** By how many times TTFT, and each gap after it, is longer than an endpoint makes it. */
export interface Stretch {
  ttft: number;
  tpot: number;
}
const NONE: Stretch = { ttft: 1, tpot: 1 };

/**
 * The sim's engine. `paramsAt` gives its parameters by the share of the level that is over, from 0 to 1. What
 * stretches its answers lies before it, as a proxy does: it does not hold the engine up, and holds its users up.
 */
export const batched =
  (paramsAt: (share: number) => ModelParams, stretch = NONE): Serve =>
  ({ scheduled, next, stopMs }, random) => {
    const params = { ...paramsAt(0) };
    const model = createModel(params);
    const open = new Map<string, Answered>();
    const done: Answered[] = [];
    /** When users have their answers, in order. */
    const free: { user: number; atMs: number }[] = [];
    const submit = (ask: Ask, atMs: number): void => {
      const id = String(ask.index);
      open.set(id, { ...ask, atMs: [] });
      model.submit(atMs, { id, promptTokens: ask.promptTokens, outputTokens: ask.outputTokens });
    };
    let place = 0;
    for (;;) {
      const dueMs = scheduled[place]?.dueMs ?? Infinity;
      const freeMs = free[0]?.atMs ?? Infinity;
      const eventMs = model.nextEventMs() ?? Infinity;
      if (Math.min(dueMs, freeMs, eventMs) === Infinity) return done;
      if (Math.min(dueMs, freeMs) < eventMs) {
        const ask = dueMs <= freeMs ? scheduled[place++] : nextOf(free.shift(), next);
        if (ask != null) submit(ask, ask.dueMs);
        continue;
      }
      Object.assign(params, paramsAt(Math.min(1, eventMs / stopMs)));
      params.iterationMs *= Math.exp(ITERATION_SIGMA * normalFrom(random));
      for (const { id, atMs, last } of model.advance(eventMs)) {
        const request = open.get(id);
        if (request === undefined) continue;
        request.atMs.push(atMs);
        if (!last) continue;
        open.delete(id);
        const answered = stretched(request, stretch);
        done.push(answered);
        if (request.user === null) continue;
        const at = { user: request.user, atMs: answered.atMs.at(-1) ?? atMs };
        free.splice(1 + free.findLastIndex((one) => one.atMs <= at.atMs), 0, at);
      }
    }
  };

const nextOf = (at: { user: number; atMs: number } | undefined, next: Asking["next"]): Ask | null =>
  at === undefined ? null : next(at.user, at.atMs);

/** What comes while the first output is held comes with it, and what comes later is not held up. */
function stretched(request: Answered, { ttft, tpot }: Stretch): Answered {
  const [first = 0] = request.atMs;
  const firstMs = request.dueMs + ttft * (first - request.dueMs);
  return { ...request, atMs: request.atMs.map((atMs) => Math.max(firstMs, first + tpot * (atMs - first))) };
}

const TTFT = { medianMs: 200, sigma: 0.4 };
const STEP = { medianMs: 20, sigma: 0.2, jitter: 0.05 };

/**
 * No engine: TTFT and the time of a token are lognormal, and each request's lean on those of the request before
 * (AR(1) of their logarithms, with this correlation). All requests are due by themselves.
 */
export const drawn =
  (correlation: number, stretch = NONE): Serve =>
  ({ scheduled }, random) => {
    const own = Math.sqrt(1 - correlation ** 2);
    let [ttft, step] = [normalFrom(random), normalFrom(random)];
    return scheduled.map((ask) => {
      ttft = correlation * ttft + own * normalFrom(random);
      step = correlation * step + own * normalFrom(random);
      const stepMs = STEP.medianMs * Math.exp(STEP.sigma * step);
      let atMs = ask.dueMs + TTFT.medianMs * Math.exp(TTFT.sigma * ttft);
      const times = Array.from({ length: ask.outputTokens }, (_, i) =>
        i === 0 ? atMs : (atMs += stepMs * (1 + STEP.jitter * normalFrom(random))),
      );
      return stretched({ ...ask, atMs: times }, stretch);
    });
  };

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

/**
 * The sim's engine. `paramsAt` gives its parameters by the share of the level that is over, from 0 to 1.
 */
export const batched =
  (paramsAt: (share: number) => ModelParams): Serve =>
  ({ scheduled, next, stopMs }, random) => {
    const params = { ...paramsAt(0) };
    const model = createModel(params);
    const open = new Map<string, Answered>();
    const done: Answered[] = [];
    const submit = (ask: Ask, atMs: number): void => {
      const id = String(ask.index);
      open.set(id, { ...ask, atMs: [] });
      model.submit(atMs, { id, promptTokens: ask.promptTokens, outputTokens: ask.outputTokens });
    };
    let place = 0;
    for (;;) {
      const dueMs = scheduled[place]?.dueMs ?? Infinity;
      const eventMs = model.nextEventMs() ?? Infinity;
      if (dueMs === Infinity && eventMs === Infinity) return done;
      if (dueMs < eventMs) {
        const ask = scheduled[place++];
        if (ask !== undefined) submit(ask, dueMs);
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
        done.push(request);
        const again = request.user === null ? null : next(request.user, atMs);
        if (again !== null) submit(again, atMs);
      }
    }
  };

const TTFT = { medianMs: 200, sigma: 0.4 };
const STEP = { medianMs: 20, sigma: 0.2, jitter: 0.05 };

/**
 * No engine: TTFT and the time of a token are lognormal, and each request's lean on those of the request before
 * (AR(1) of their logarithms, with this correlation). All times are `slowdown` times as long. All requests are due by
 * themselves.
 */
export const drawn =
  (correlation: number, slowdown = 1): Serve =>
  ({ scheduled }, random) => {
    const own = Math.sqrt(1 - correlation ** 2);
    let [ttft, step] = [normalFrom(random), normalFrom(random)];
    return scheduled.map((ask) => {
      ttft = correlation * ttft + own * normalFrom(random);
      step = correlation * step + own * normalFrom(random);
      const stepMs = slowdown * STEP.medianMs * Math.exp(STEP.sigma * step);
      let atMs = ask.dueMs + slowdown * TTFT.medianMs * Math.exp(TTFT.sigma * ttft);
      const times = Array.from({ length: ask.outputTokens }, (_, i) =>
        i === 0 ? atMs : (atMs += stepMs * (1 + STEP.jitter * normalFrom(random))),
      );
      return { ...ask, atMs: times };
    });
  };

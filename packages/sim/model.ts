/**
 * How an inference engine with continuous batching spends its time, as a pure function of a given clock.
 *
 * The engine works in iterations. An iteration begins with `iterationMs` (a) of fixed work: scheduling and
 * reading the weights. A request that arrives before that work ends still joins. Then the batch is closed,
 * and the iteration takes another `iterationPerRequestMs` (b) for each request in it, and 1 /
 * `prefillTokensPerS` (1/R) for each prompt token of the new ones. At its end every request in the batch has
 * one more token, and a new one has its first. So a prompt delays the tokens of all other requests, and a
 * request of D tokens takes D iterations.
 *
 * N closed-loop users with P prompt and D output tokens hence get N·D tokens in D·(a + b·N) + N·P/R ms, which
 * is
 *
 *     y(N) = N / (a + b′·N)     b′ = b + P / (D·R)     tokens/ms, for N up to the number of slots
 *
 * It is a Michaelis–Menten curve with its maximum V = 1/b′ and half of it at K = a/b′ users (`formula.ts`).
 * Because a batch closes only a ms after the last token, a user that answers sooner than that loses no
 * iteration, and the curve holds for real clients too.
 */
export interface ModelParams {
  /** a: the fixed time of an iteration, ms. */
  iterationMs: number;
  /** b: what each request in the batch adds to an iteration, ms. */
  iterationPerRequestMs: number;
  /** R: the number of prompt tokens that are computed in a second. */
  prefillTokensPerS: number;
  /** The most requests in a batch. */
  slots: number;
  /**
   * The tokens that the KV cache holds. A request reserves prompt + output when it is admitted, so none is
   * ever evicted.
   */
  kvTokens: number;
}

export interface ModelRequest {
  id: string;
  promptTokens: number;
  /** How many tokens the answer will have, at least 1. */
  outputTokens: number;
}

export interface TokenEvent {
  id: string;
  atMs: number;
  /** It is 0 for the first token. */
  index: number;
  last: boolean;
}

export interface ModelCounts {
  running: number;
  waiting: number;
  kvTokens: number;
  /** The time spent in iterations, ms. */
  busyMs: number;
  /** The time spent in iterations × requests running, ms. Divided by `busyMs` it is the mean batch. */
  batchMs: number;
}

export interface Model {
  /**
   * Queues a request, first in first out. It throws a RangeError when the request could never fit into the KV
   * cache.
   */
  submit(atMs: number, request: ModelRequest): void;
  /** Returns everything that happens up to and including `toMs`, in order. Time never runs backwards. */
  advance(toMs: number): TokenEvent[];
  /**
   * Takes a waiting or running request out. Its slot and its KV tokens are free at once. It is false when the
   * request is not there.
   */
  cancel(id: string): boolean;
  /** When something happens next. It is null while the engine is idle. */
  nextEventMs(): number | null;
  counts(): ModelCounts;
}

type Phase =
  | { at: "idle" }
  | { at: "open"; untilMs: number }
  | { at: "closed"; untilMs: number; batch: ModelRequest[] };

export function createModel(params: ModelParams): Model {
  const waiting: ModelRequest[] = [];
  /** The number of tokens that each admitted request has. Its order is the order of admission. */
  const running = new Map<ModelRequest, number>();
  let events: TokenEvent[] = [];
  let phase: Phase = { at: "idle" };
  let clockMs = Number.NEGATIVE_INFINITY;
  let kvTokens = 0;
  let busyMs = 0;
  let batchMs = 0;

  const reserved = (request: ModelRequest): number => request.promptTokens + request.outputTokens;
  const nextEventMs = (): number | null => (phase.at === "idle" ? null : phase.untilMs);

  function moveClock(toMs: number): void {
    if (toMs <= clockMs) return;
    if (phase.at !== "idle") {
      busyMs += toMs - clockMs;
      batchMs += (toMs - clockMs) * running.size;
    }
    clockMs = toMs;
  }

  function release(request: ModelRequest): void {
    running.delete(request);
    kvTokens -= reserved(request);
  }

  function openIteration(): void {
    phase =
      running.size + waiting.length === 0
        ? { at: "idle" }
        : { at: "open", untilMs: clockMs + params.iterationMs };
  }

  function closeBatch(): void {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (running.size >= params.slots || kvTokens + reserved(next) > params.kvTokens) break;
      waiting.shift();
      running.set(next, 0);
      kvTokens += reserved(next);
    }
    const batch = [...running.keys()];
    const promptTokens = batch.reduce(
      (sum, request) => sum + (running.get(request) === 0 ? request.promptTokens : 0),
      0,
    );
    const workMs =
      params.iterationPerRequestMs * batch.length + (1000 * promptTokens) / params.prefillTokensPerS;
    phase = { at: "closed", untilMs: clockMs + workMs, batch };
  }

  function endIteration(batch: ModelRequest[]): void {
    for (const request of batch) {
      const index = running.get(request);
      if (index === undefined) continue; // It was cancelled meanwhile.
      const last = index + 1 === request.outputTokens;
      events.push({ id: request.id, atMs: clockMs, index, last });
      if (last) release(request);
      else running.set(request, index + 1);
    }
    openIteration();
  }

  function settle(toMs: number): void {
    while (phase.at !== "idle" && phase.untilMs <= toMs) {
      moveClock(phase.untilMs);
      if (phase.at === "open") closeBatch();
      else endIteration(phase.batch);
    }
    moveClock(toMs);
  }

  return {
    submit(atMs, request) {
      if (reserved(request) > params.kvTokens)
        throw new RangeError(`${reserved(request)} tokens do not fit into a KV cache of ${params.kvTokens}`);
      settle(atMs);
      waiting.push(request);
      if (phase.at === "idle") openIteration();
    },
    advance(toMs) {
      settle(toMs);
      const happened = events;
      events = [];
      return happened;
    },
    cancel(id) {
      const queued = waiting.findIndex((request) => request.id === id);
      if (queued >= 0) return waiting.splice(queued, 1).length === 1;
      const admitted = running.keys().find((request) => request.id === id);
      if (admitted === undefined) return false;
      release(admitted);
      return true;
    },
    nextEventMs,
    counts: () => ({ running: running.size, waiting: waiting.length, kvTokens, busyMs, batchMs }),
  };
}

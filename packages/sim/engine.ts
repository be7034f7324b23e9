import { nowMs } from "./clock.ts";
import {
  createModel,
  type ModelCounts,
  type ModelParams,
  type ModelRequest,
  type TokenEvent,
} from "./model.ts";

export interface Engine {
  submit(request: ModelRequest): void;
  cancel(id: string): void;
  counts(): ModelCounts;
  close(): void;
}

/**
 * Runs the model on a real clock: one timer for all requests wakes at the next event. Node's timers count
 * whole ms, so a token comes up to about a millisecond late. The model's own clock is exact, so the lateness
 * of one iteration never adds to the next.
 */
export function startEngine(params: ModelParams, onToken: (event: TokenEvent) => void): Engine {
  const model = createModel(params);
  let timer: NodeJS.Timeout | undefined;

  function wake(): void {
    model.advance(nowMs()).forEach(onToken);
    arm();
  }

  function arm(): void {
    clearTimeout(timer);
    const next = model.nextEventMs();
    if (next !== null) timer = setTimeout(wake, Math.max(0, Math.ceil(next - nowMs())));
  }

  return {
    submit(request) {
      model.submit(nowMs(), request);
      arm();
    },
    cancel: (id) => void model.cancel(id),
    counts: () => model.counts(),
    close: () => clearTimeout(timer),
  };
}

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
 * The model on a real clock: one timer for all requests wakes at the next event. Node's timers are a millisecond coarse, so a
 * token is told up to about a millisecond late; the model's own clock is not, so the lateness of one step never adds to the next.
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

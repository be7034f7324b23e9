import type { RecordTable } from "../../record/columns/table.ts";
import { isSliced, type Share, sliceMs, type Span, type Window } from "../statistics/mean.ts";
import { warmUpSlices } from "./steady.ts";

/**
 * What of a closed loop's window is left when its warm-up is over. The window begins one median E2E after all users
 * are in flight, and an endpoint may still load, compile or fill a cache then. Output shows it best, because it hardly
 * varies: a beginning at another level than the rest (a changepoint; `steady.ts`) is left out. It is null where
 * there is none.
 */
export function afterWarmUp(records: RecordTable, window: Window): Span | null {
  if (!isSliced(window)) return null;
  const cut = warmUpSlices(outputBySlice(records, window));
  return cut === 0 ? null : { startMs: window.startMs + cut * sliceMs(window), endMs: window.endMs };
}

/** The output in each slice, as if the tokens of a request came evenly between its first and its last. */
function outputBySlice(records: RecordTable, window: Window): Share[] {
  const { startMs, slices } = window;
  const lengthMs = sliceMs(window);
  const shares = Array.from({ length: slices }, () => ({ sum: 0, weight: lengthMs / 1000 }));
  for (const { firstMs, lastMs, tokens, chunks } of records.rows()) {
    if (firstMs === null || lastMs === null) continue;
    const [from, to] = [(firstMs - startMs) / lengthMs, (Math.max(lastMs, firstMs + 1) - startMs) / lengthMs];
    const perSlice = (tokens.output ?? chunks) / (to - from);
    for (let i = Math.max(0, Math.floor(from)); i < Math.min(slices, to); i++) {
      const share = shares[i];
      if (share !== undefined) share.sum += perSlice * (Math.min(to, i + 1) - Math.max(from, i));
    }
  }
  return shares;
}

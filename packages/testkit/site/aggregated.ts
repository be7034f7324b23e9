import { aggregate } from "@brimline/core/report/aggregate";
import type { Report } from "@brimline/core/report/schema";
import { CREATED_UNIX_MS, syntheticJob, syntheticLevel } from "../synthetic.ts";

const LEVEL_MS = 60_000;

/**
 * A report as aggregation makes it, from synthetic records of an endpoint that slows down under load. It has
 * no GPU.
 */
export function aggregatedReport(users: number[]): Report {
  const tokens = { outputTokens: 40, inputTokens: 16 };
  const warmup = syntheticLevel({
    ...tokens,
    id: "warmup",
    role: "warmup",
    users: 2,
    ttftMs: 60,
    gapMs: 24,
    durationS: 2,
    t0UnixMs: CREATED_UNIX_MS,
  });
  const levels = users.map((count, index) =>
    syntheticLevel({
      ...tokens,
      id: `l${String(index + 1).padStart(2, "0")}`,
      users: count,
      ttftMs: 30 + 2 * count,
      gapMs: 24 + 0.07 * count,
      durationS: 30,
      t0UnixMs: CREATED_UNIX_MS + 5000 + index * LEVEL_MS,
    }),
  );
  return aggregate(syntheticJob([warmup, ...levels], { workload: tokens }));
}

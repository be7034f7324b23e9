import { keys } from "@brimline/store/keys";
import { endedLevels } from "../objects/ended-levels.ts";
import { putObject } from "../objects/object.ts";
import type { SpecObject } from "../objects/spec.ts";
import type { UsageMark } from "../objects/usage.ts";
import type { Service } from "../service.ts";

/**
 * Marks what a job used, for the sweep to count. It may be repeated: a job that is counted has `counted.json`, and
 * then its mark is only removed.
 */
export async function markUsage(
  service: Service,
  { id, caller, spec }: SpecObject,
  { startedAt, finishedAt }: { startedAt: string | null; finishedAt: string },
): Promise<void> {
  const used = (await endedLevels(service, id)).map(({ end }) => end.used);
  const sum = (of: (each: (typeof used)[number]) => number): number =>
    used.reduce((total, each) => total + of(each), 0);
  const { usdPerHour, count = 1 } = spec.gpu ?? {};
  const hours =
    startedAt === null ? 0 : Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt)) / 3_600_000;
  const mark: UsageMark = {
    schema: "brimline.usage-mark/1",
    day: finishedAt.slice(0, "2026-11-30".length),
    caller,
    used: {
      jobs: 1,
      requests: sum(({ requests }) => requests),
      outputTokens: sum(({ outputTokens }) => outputTokens),
      usd: (usdPerHour ?? 0) * count * hours,
      jobsWithoutPrice: usdPerHour === undefined ? 1 : 0,
    },
  };
  await putObject(service.data, keys.toCount(id), mark);
}

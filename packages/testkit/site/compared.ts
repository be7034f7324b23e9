import { compare } from "@brimline/core/compare/compare";
import type { Comparison } from "@brimline/core/compare/schema";
import { normalFrom, randomFrom } from "@brimline/core/random";
import { aggregateAll } from "@brimline/core/report/aggregate";
import type { Influences } from "@brimline/core/report/influences";
import type { Report } from "@brimline/core/report/schema";
import { CREATED_UNIX_MS, syntheticJob, syntheticLevel, withRecords } from "../synthetic.ts";

export interface Compared {
  comparison: Comparison;
  a: Report;
  b: Report;
  influences: { a: Influences; b: Influences };
}

interface Asked {
  id: string;
  name: string;
  users: number[];
  seed?: string;
  /** How many times as long a TTFT and a gap take. */
  ttft?: number;
  gap?: number;
  /** The standard deviation of the noise of each TTFT, ms. */
  noiseMs?: number;
  createdUnixMs?: number;
}

const LEVEL_MS = 60_000;

/** The report of an endpoint that slows down under load, with its influences. Jobs of one seed have their noise in common. */
function made({
  id,
  name,
  users,
  seed = "one",
  ttft = 1,
  gap = 1,
  noiseMs = 4,
  createdUnixMs,
}: Asked): ReturnType<typeof aggregateAll> {
  const levels = users.map((count, index) => {
    const random = randomFrom(count + (seed === "one" ? 0 : 7));
    const level = syntheticLevel({
      id: `l${String(index + 1).padStart(2, "0")}`,
      users: count,
      ttftMs: (60 + 4 * count) * ttft,
      gapMs: (24 + 0.2 * count) * gap,
      outputTokens: 40,
      durationS: 30,
      jitter: 0.2,
      t0UnixMs: CREATED_UNIX_MS + 5000 + index * LEVEL_MS,
    });
    return withRecords(level, (records) =>
      records.map((record) => ({
        ...record,
        firstMs: (record.firstMs ?? 0) + Math.abs(noiseMs * normalFrom(random)),
      })),
    );
  });
  const job = syntheticJob(levels, {
    name,
    tags: ["nightly"],
    endpoint: { url: "http://127.0.0.1:8000/v1", model: "meta-llama/Llama-3.1-8B-Instruct" },
    workload: { inputTokens: 100, outputTokens: 40 },
    levels: users,
  });
  const all = aggregateAll({ ...job, seed });
  const createdAt = new Date(createdUnixMs ?? CREATED_UNIX_MS).toISOString();
  return { ...all, report: { ...all.report, id, createdAt } };
}

/** Two reports and what the second is beside the first. */
export function comparedReports(before: Asked, after: Asked): Compared {
  const [a, b] = [made(before), made(after)];
  const influences = { a: a.influences(), b: b.influences() };
  const comparison = compare({ a: a.report, b: b.report, influences });
  if ("refused" in comparison) throw new Error(comparison.refused);
  return { comparison, a: a.report, b: b.report, influences };
}

const HOSTILE = `</script><img src=x onerror=alert(1)><svg onload=alert(2)>"'&amp;`;
const USERS = [4, 16, 48];
const LATER = CREATED_UNIX_MS + 86_400_000;
const before = { id: "before00000000000000", name: "main at 4f1c2ab", users: USERS };
const after = { name: "main at 9d07e31", users: USERS, createdUnixMs: LATER };

/** A comparison for every case that its page must stand, made when it is asked for. */
export const comparedFixtures = {
  worse: () => comparedReports(before, { ...after, id: "worse000000000000000", gap: 1.06 }),
  better: () => comparedReports(before, { ...after, id: "better00000000000000", ttft: 0.85, gap: 0.93 }),
  same: () => comparedReports(before, { ...after, id: "same0000000000000000" }),
  inconclusive: () =>
    comparedReports(
      { ...before, noiseMs: 60 },
      { ...after, id: "inconclusive00000000", seed: "two", noiseMs: 60, ttft: 1.02 },
    ),
  single: () =>
    comparedReports(
      { ...before, users: [16] },
      { ...after, id: "single00000000000000", users: [16], ttft: 1.5 },
    ),
  hostile: () =>
    comparedReports(
      { ...before, name: HOSTILE },
      { ...after, id: "hostile0000000000000", name: HOSTILE, ttft: 1.15, gap: 1.08 },
    ),
} satisfies Record<string, () => Compared>;

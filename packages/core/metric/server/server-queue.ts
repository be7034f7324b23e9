import type { Sample } from "../../record/telemetry/telemetry.ts";
import type { SteadyRun } from "../window/run.ts";
import type { ServerSeries } from "./server-series.ts";

type Span = Pick<SteadyRun["window"], "startMs" | "endMs">;

/** What the scrapes in the windows of a level show of its queue, in percent of scrapes. */
export interface QueueState {
  /** The scrapes that say how many requests wait. */
  scrapes: number;
  /** In how many of them at least one did, and how many did on average. */
  waitingPercent: number;
  meanWaiting: number;
  /** The rest is of those with a queue. The most requests that ran at once in one of the servers. */
  mostRunning: number | null;
  /** In how many of them so many ran, or hardly fewer. */
  atMostPercent: number | null;
  /** In how many of them the KV cache had no room for one more request. It is null if none says so. */
  kvFullPercent: number | null;
  /**
   * The same of those in which the most ran. Where many requests end with one step, the room that they leave is seen
   * before others get it, but never while the most run.
   */
  kvFullAtMostPercent: number | null;
  /** How much of it was in use on average, in percent. */
  meanKvPercent: number | null;
}

/** A cache in use above this is full. */
const KV_FULL_PERCENT = 95;
/**
 * A batch of at least 4 is at its ceiling when one request is missing, or 5 % of a large one: requests that ended are
 * replaced a step later.
 */
const atCeiling = (most: number): number => (most < 4 ? most : Math.min(most - 1, Math.ceil(0.95 * most)));

/**
 * The states of a server while requests wait, scrape by scrape: a queue beside a full KV cache is something else than
 * a queue beside a batch of a fixed size. The cache is full above 95 %, or where what is left is less than a running
 * request uses on average. It is null if no scrape in a window tells how many requests wait.
 */
export function queueOf(
  served: { run: Pick<SteadyRun, "t0UnixMs"> & { window: Span }; servers: ServerSeries }[],
): QueueState | null {
  const samples = served.flatMap(({ run: { t0UnixMs, window }, servers }) =>
    servers
      .flat()
      .filter(({ unixMs }) => unixMs >= t0UnixMs + window.startMs && unixMs <= t0UnixMs + window.endMs),
  );
  const telling = samples.filter((sample) => sample.values["waiting"] != null);
  if (telling.length === 0) return null;
  const queued = telling.filter((sample) => (sample.values["waiting"] ?? 0) >= 1);
  const ceilings = ceilingsOf(queued);
  const isAtMost = ({ identity, values }: Sample): boolean =>
    (values["running"] ?? 0) >= atCeiling(ceilings.get(identity) ?? 0);
  const running = queued.filter(({ values }) => values["running"] != null);
  const cached = queued.filter(({ values }) => values["kvPercent"] != null);
  return {
    scrapes: telling.length,
    waitingPercent: percentOf(telling, (sample) => queued.includes(sample)) ?? 0,
    meanWaiting: meanOf(telling, "waiting") ?? 0,
    mostRunning: ceilings.size === 0 ? null : Math.max(...ceilings.values()),
    atMostPercent: percentOf(running, isAtMost),
    meanKvPercent: meanOf(queued, "kvPercent"),
    kvFullPercent: percentOf(cached, isFull),
    kvFullAtMostPercent: percentOf(
      cached.filter(({ values }) => values["running"] != null).filter(isAtMost),
      isFull,
    ),
  };
}

function meanOf(samples: Sample[], column: string): number | null {
  const known = samples.flatMap(({ values }) => values[column] ?? []);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** The most that ran in each server. */
function ceilingsOf(queued: Sample[]): Map<number, number> {
  const ceilings = new Map<number, number>();
  for (const { identity, values } of queued) {
    const running = values["running"] ?? null;
    if (running !== null) ceilings.set(identity, Math.max(ceilings.get(identity) ?? 0, running));
  }
  return ceilings;
}

function isFull({ values }: Sample): boolean {
  const [kvPercent, running] = [values["kvPercent"] ?? 0, values["running"] ?? 0];
  return kvPercent > KV_FULL_PERCENT || (running >= 1 && kvPercent + kvPercent / running > 100);
}

const percentOf = <Item>(items: Item[], is: (item: Item) => boolean): number | null =>
  items.length === 0 ? null : (100 * items.filter(is).length) / items.length;

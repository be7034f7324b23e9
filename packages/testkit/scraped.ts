import { bucketColumn } from "@brimline/core/record/telemetry/server-columns";
import type { RequestRecord } from "@brimline/core/record/record";
import type { Series } from "@brimline/core/record/telemetry/telemetry";
import type { KnownLevel } from "./synthetic.ts";

const EDGES_S = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.5, 1];
const SLOTS = 8;
const EVERY_MS = 1000;
const AROUND_MS = 2000;

export interface ScrapedOptions {
  /** By how much later than the server we measured each TTFT. */
  outsideMs?: number;
  /** Requests of somebody else, as a share of ours. */
  foreignShare?: number;
  /** When the server starts anew and counts from 0, ms from T0. */
  restartMs?: number;
  /** What share of our requests this server got. */
  share?: number;
  engine?: string;
}

type At = (record: RequestRecord) => number | null;
const firstAt: At = ({ firstMs }) => firstMs;
const endAt: At = ({ outcome, doneMs }) => (outcome === "ok" ? doneMs : null);

/**
 * What a server with 8 slots would say that served a level whose records are known. It is scraped every second
 * from 2 s before T0 until 2 s after the last request.
 */
export function scrapedLevel(level: KnownLevel, options: ScrapedOptions = {}): Series {
  const { outsideMs = 0, foreignShare = 0, restartMs = Infinity, share = 1, engine = "vLLM" } = options;
  const records = level.shards.flatMap((shard) => shard.records);
  const t0UnixMs = level.shards[0]?.summary.t0UnixMs ?? 0;
  const endMs = Math.max(...records.map(({ doneMs }) => doneMs ?? 0)) + AROUND_MS;
  const ttftS = (record: RequestRecord): number => ((record.firstMs ?? 0) - record.sentMs - outsideMs) / 1000;

  function valuesAt(nowMs: number): Record<string, number> {
    const sinceMs = nowMs >= restartMs ? restartMs : -Infinity;
    const counted = (at: At, weight: (record: RequestRecord) => number = () => 1): number =>
      records.reduce((sum, record) => {
        const atMs = at(record);
        return atMs !== null && atMs <= nowMs && atMs > sinceMs ? sum + weight(record) : sum;
      }, 0) *
      share *
      (1 + foreignShare);
    const flying = records.filter(
      ({ sentMs, doneMs }) => sentMs <= nowMs && (doneMs ?? Infinity) > nowMs,
    ).length;
    return {
      running: Math.min(SLOTS, flying),
      waiting: Math.max(0, flying - SLOTS),
      kvPercent: Math.min(100, 10 * flying),
      preemptions: Math.max(0, Math.floor(nowMs / 10_000)),
      prefixQueries: counted(firstAt, () => 100),
      prefixHits: counted(firstAt, () => 25),
      requests: counted(endAt),
      promptTokens: counted(firstAt, ({ tokens }) => tokens.input ?? 0),
      outputTokens: counted(endAt, ({ tokens }) => tokens.output ?? 0),
      queueS: counted(firstAt, () => 0.05),
      queueCount: counted(firstAt),
      ttftS: counted(firstAt, ttftS),
      ttftCount: counted(firstAt),
      ...Object.fromEntries(
        EDGES_S.map((edgeS) => [
          bucketColumn("ttft", edgeS),
          counted(firstAt, (record) => (ttftS(record) <= edgeS ? 1 : 0)),
        ]),
      ),
    };
  }

  const scrapes = Math.ceil((endMs + AROUND_MS) / EVERY_MS) + 1;
  return {
    identities: [{ index: 0, id: "", name: engine, facts: {} }],
    samples: Array.from({ length: scrapes }, (_, i) => i * EVERY_MS - AROUND_MS).map((atMs) => ({
      unixMs: t0UnixMs + atMs,
      identity: 0,
      values: valuesAt(atMs),
    })),
    clockErrorMs: null,
  };
}

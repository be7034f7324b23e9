import { requestBody } from "@brimline/core/job/request/request-body";
import { source } from "@brimline/core/job/level/source";
import type { Certificate, ShardSummary } from "@brimline/core/record/record";
import { type ClientError, readingError } from "@brimline/load/certificate/reading-error";
import type { ShardPlan } from "@brimline/load/level/shard-plan";
import { type LagQuantiles, lagQuantiles } from "../lag-quantiles.ts";
import type { ShardDone } from "../shards/start.ts";
import { idOf } from "../truth/hash.ts";
import type { StreamLog } from "../truth/log.ts";

/** The client's errors by kind, as in a certificate, ms. */
export const KINDS = ["ttftMs", "lagMs", "gapMs"] as const;
export type Kind = (typeof KINDS)[number];
export type Three = Pick<LagQuantiles, "p50" | "p99" | "max">;
/** An error is null where it cannot be known. */
export type ProvenErrors = Record<Kind, Three | null>;

/** The errors of a level's chunks that have their time, and of all: a merged chunk's time may be wrong as far as it says. */
export interface Proven<Errors> {
  exact: Errors;
  all: Errors;
}

/** A level after its end: what its certificates print, what the log proves, and what a report says of it. */
export interface Judged {
  printed: ProvenErrors;
  /** What the report prints as the most that the client adds (`clientBound`). */
  bound: { ttftMs: number | null; gapMs: number | null };
  proven: Proven<ProvenErrors>;
  requests: number;
  /** Of the chunks of all its shards. */
  mergedPercent: number;
  /** Why processes have no certificate. */
  uncertified: string[];
  loopDelayP99Ms: number[];
  reasons: string[];
  /** The validity of its median chunk gap. */
  gapValidity: string;
}

/**
 * The errors of one shard's requests, by the server's log and the certificate's own formulas, over those that
 * began and ended while every user was in flight. It throws where the log lacks one of them or one of its
 * chunks.
 */
export function provenErrors(
  plan: ShardPlan,
  { summary, records, t0ClockMs }: ShardDone,
  log: StreamLog[],
): Proven<ClientError> {
  const { rampEndMs, stopMs } = summary;
  const steady = records.filter(
    ({ outcome, sentMs, doneMs }) =>
      outcome === "ok" && sentMs >= rampEndMs && doneMs !== null && doneMs <= stopMs,
  );
  const streamOf = streamsOf(plan, log);
  const truths = steady.map(({ index }) => {
    const { gotMs, writtenMs } = streamOf(index);
    return { index, receivedMs: gotMs, writtenMs: Array.from(writtenMs) };
  });
  const asRead = steady.map((record) => ({ ...record, merged: [] }));
  return {
    exact: readingError(steady, truths, t0ClockMs),
    all: readingError(asRead, truths, t0ClockMs),
  };
}

/** Finds what the server did for each request of a shard, by its index. It throws where the log lacks the request. */
export function streamsOf(plan: ShardPlan, log: StreamLog[]): (index: number) => StreamLog {
  const byId = new Map(log.map((stream) => [stream.id, stream]));
  return (index) => {
    const stream = byId.get(idOf(bodyOf(plan, index)));
    if (stream === undefined) throw new Error(`the server never saw request ${index}`);
    return stream;
  };
}

/** The body that a shard sends as request `index` of its level. */
export function bodyOf(plan: ShardPlan, index: number): Buffer {
  const { outputTokens, prompt } = source(plan).at(index);
  return Buffer.from(JSON.stringify(requestBody({ prompt: prompt(), outputTokens }, plan.spec, plan.traits)));
}

/** The errors of all shards of a level. */
export function errorsTogether(shards: ClientError[]): ProvenErrors {
  const together = (kind: Kind): Three | null =>
    lagQuantiles(Float64Array.from(shards.flatMap((errors) => [...errors[kind]])));
  return { ttftMs: together("ttftMs"), lagMs: together("lagMs"), gapMs: together("gapMs") };
}

/** What the shards' certificates say. Of several the worst counts. */
export function printedBy(summaries: Pick<ShardSummary, "certificate">[]): ProvenErrors {
  const certificates = summaries.flatMap(({ certificate }) => certificate ?? []);
  const worst = (of: (certificate: Certificate) => number): number => Math.max(...certificates.map(of));
  if (certificates.length === 0) return { ttftMs: null, lagMs: null, gapMs: null };
  return {
    ttftMs: {
      p50: worst((one) => one.addedTtftP50Ms),
      p99: worst((one) => one.addedTtftP99Ms),
      max: worst((one) => one.addedTtftMaxMs),
    },
    lagMs: {
      p50: worst((one) => one.chunkLagP50Ms),
      p99: worst((one) => one.chunkLagP99Ms),
      max: worst((one) => one.chunkLagMaxMs),
    },
    gapMs: {
      p50: worst((one) => one.addedGapP50Ms),
      p99: worst((one) => one.addedGapP99Ms),
      max: worst((one) => one.addedGapMaxMs),
    },
  };
}

const TOLERANCE = { share: 0.2, ms: 0.1 };

/**
 * How a printed p99 compares with the proven one. No bound may be `too low`. The tolerance is 20 % of the
 * proven one, or 0.1 ms where that is more.
 */
export function standing(printedMs: number, provenMs: number): "equal" | "too low" | "too high" {
  if (Math.abs(printedMs - provenMs) <= Math.max(TOLERANCE.share * provenMs, TOLERANCE.ms)) return "equal";
  return printedMs < provenMs ? "too low" : "too high";
}

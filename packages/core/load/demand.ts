import type { ConcurrencyLoad } from "./concurrency.ts";
import type { RateLoad } from "./rate.ts";

/** Names a schedule. The same name gives the same due times everywhere. */
export interface ScheduleName {
  seed: string;
  levelId: string;
  repeat: number;
}

/**
 * One shard's part of a schedule: the indices ≡ shard (mod shards). Due times are drawn for the whole level,
 * so gamma arrivals stay gamma however many shards there are.
 */
export interface Part {
  shard: number;
  shards: number;
}

/**
 * How many of a number of requests fall to a part. Null stays null, because it means that there is no such
 * bound.
 */
export const shareOf = ({ shard, shards }: Part, requests: number | null): number | null =>
  requests === null ? null : Math.ceil((requests - shard) / shards);

export interface Due {
  /** The request's place in the level's schedule. */
  index: number;
  /** Ms since T0. It is null where the request is due when a user is free. */
  dueMs: number | null;
}

/** What ends a level, whichever comes first. */
export interface LevelStop {
  durationS: number | null;
  requests: number | null;
}

interface AnyDemand<OwnLoad> {
  /** The number by which loads of one kind are compared and drawn. */
  value: number;
  /** `code` is the unit's name in a report. */
  unit: { code: "users" | "requestsPerS"; one: string; many: string; axis: string };
  /** The text that stands behind the value where there is little room: " users" or "/s poisson". */
  suffix: string;
  /**
   * How many requests will be in flight when an idle endpoint takes `e2eMs` for one. Null means that nobody
   * knows how long it takes.
   */
  expectedInFlight(e2eMs: number | null): number;
  /** What of a job's `stop` ends a level of this load. Without either field the warm-up decides. */
  stopOf(asked: { durationS?: number | undefined; requests?: number | undefined } | undefined): LevelStop;
  /** How long its users take to start when the job or the warm-up wants `wantedS` for that. */
  rampS(wantedS: number): number;
  /** How many requests it brings in a time. Null means that the endpoint decides. */
  countIn(durationS: number): number | null;
  /** A load that asks so many times as much, in whole users. */
  raisedBy(factor: number): OwnLoad;
  /** A shard's part of the level's schedule, in order. */
  schedule(name: ScheduleName, part: Part, stop: LevelStop): Generator<Due>;
}

/** A number of users, each of whom waits for an answer before it asks again. */
export interface ClosedDemand extends AnyDemand<ConcurrencyLoad> {
  isOpenLoop: false;
  users: number;
  ratePerS: null;
}

/** Requests that come when they are due, whatever is in flight. */
export interface OpenDemand extends AnyDemand<RateLoad> {
  isOpenLoop: true;
  users: null;
  ratePerS: number;
  /**
   * The index of dispersion for long times: the variance of the number of arrivals ÷ that of a Poisson
   * process of the same rate.
   */
  dispersion: number;
}

/**
 * What a load asks, whatever its kind. Code that needs to know something of a load asks its demand, not its
 * kind.
 */
export type Demand = ClosedDemand | OpenDemand;

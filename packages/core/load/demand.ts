import type { Due, Part, ScheduleName } from "./schedule.ts";

/** What ends a level, whichever comes first. */
export interface LevelStop {
  durationS: number | null;
  requests: number | null;
}

/** What the demands of all kinds of load answer. */
export interface AnyDemand<OwnLoad> {
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

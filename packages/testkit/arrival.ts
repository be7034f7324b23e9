import { dueTimes, rateLoad, type RateSpec } from "@brimline/core/load/rate";

export const SCHEDULE = { seed: "job", levelId: "l01", repeat: 0 };

/** When the requests of a level are due, in ms. */
export const due = (level: RateSpec, durationMs: number, name = SCHEDULE): number[] => [
  ...dueTimes(name, rateLoad(level), durationMs),
];

export const gapsOf = (times: number[]): number[] =>
  times.slice(1).map((at, i) => at - (times[i] ?? Number.NaN));

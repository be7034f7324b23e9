import type { JobSpec } from "../../job/spec/spec.ts";
import { demandOf } from "../../load.ts";
import type { Level } from "../schema.ts";

/** What a level must send at least to be judged: a time, or requests where its job ends levels by their number. */
export interface Longer {
  durationS: number | null;
  requests: number | null;
}

/** Nothing longer is asked for, because it would hardly tell more. */
const LONGEST_S = 3600;
/** Requests come somewhat slower in the next job. */
const MARGIN = 1.1;
/** Times and requests are given in whole tens. */
const ROUND_TO = 10;
const rounded = (value: number): number => ROUND_TO * Math.ceil((MARGIN * value) / ROUND_TO);

/** About how long the level must send for its objective to be judged. It is null where an hour is not enough. */
export function longerFor(level: Level, stop: JobSpec["stop"]): Longer | null {
  const open = level.objectives.filter(({ met }) => met === null);
  const factors = open.map(({ nEff, nEffNeeded }) => (nEffNeeded ?? Infinity) / nEff);
  return longer(
    level,
    Math.max(1, ...factors),
    Math.max(0, ...open.map(({ nEffNeeded }) => nEffNeeded ?? Infinity)),
    stop,
  );
}

/**
 * About how long the level must send for so many times as many independent requests. A level without a window has
 * none of them, so it must have `needed` after the start.
 */
export function longer(level: Level, factor: number, needed: number, stop: JobSpec["stop"]): Longer | null {
  const runs = level.runs.length;
  const sendsS = meanOf(level.runs.map(({ durationS, drainS }) => durationS - drainS));
  const windowS = meanOf(level.runs.map(({ window }) => (window === null ? 0 : window.endS - window.startS)));
  const perRun = level.requests.ok / runs;
  if (runs === 0 || sendsS === 0 || perRun === 0) return null;
  const wantedS = windowS > 0 ? sendsS + (factor - 1) * windowS : fromStart(level, sendsS / perRun, needed);
  if (!(wantedS <= LONGEST_S)) return null;
  return stop?.requests === undefined
    ? { durationS: rounded(wantedS), requests: null }
    : { durationS: null, requests: rounded((wantedS * level.requests.sent) / runs / sendsS) };
}

/** A start of two latencies, by Little's law, and a window of three that has the needed requests. */
function fromStart({ load }: Level, eachS: number, needed: number): number {
  const latencyS = (demandOf(load).users ?? 1) * eachS;
  return 2 * latencyS + Math.max(3 * latencyS, needed * eachS);
}

const meanOf = (values: number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

import type { FieldError } from "../spec/issues.ts";
import { demandOf } from "../../load.ts";
import { loadsOf, RAMP_MAX_S } from "./loads.ts";
import { type JobSpec, REPEATS_MAX } from "../spec/spec.ts";

/** How long a level lasts by its job alone, before anything is measured. */
interface LevelTime {
  durationS: number;
  /** The longest ramp there can be, where the warm-up will set it. */
  rampS: number;
  /** The field that sets the duration. */
  pointer: string;
}

/**
 * An error for the job's longest level, if that lasts longer than `maxS` with its ramp (null = no cap).
 * Levels without a time in the job are not judged, because the run gives them one that fits. It gives 24
 * median latencies and at most 180 s, or, to a level that ends by its requests, the longest time that fits.
 */
export function levelTimeErrors(request: JobSpec, maxS: number | null): FieldError[] {
  if (maxS === null) return [];
  const [longest] = levelTimes(request).toSorted((a, b) => b.durationS + b.rampS - a.durationS - a.rampS);
  if (longest === undefined || longest.durationS + longest.rampS <= maxS) return [];
  const { durationS, rampS, pointer } = longest;
  const ramp =
    rampS === 0 ? "" : ` after a ramp of ${request.rampS === undefined ? "up to " : ""}${inS(rampS)}`;
  const { repeats, eachS } = asRepeats(request.repeats, durationS, Math.max(1, Math.floor(maxS - rampS)));
  return [
    {
      pointer,
      detail:
        `A level lasts at most ${inS(maxS)} here, with its ramp; this one lasts ${inS(durationS)}${ramp}. ` +
        `Use repeats: ${repeats} with ${inS(eachS)} each, or the local service, which has no such cap.`,
    },
  ];
}

function levelTimes(request: JobSpec): LevelTime[] {
  const { stop, rampS = RAMP_MAX_S } = request;
  return loadsOf(request).flatMap((load) => {
    const demand = demandOf(load);
    const { durationS } = demand.stopOf(stop);
    if (durationS === null) return [];
    const pointer = durationS === stop?.durationS ? "/stop/durationS" : "/stop/requests";
    return { durationS, rampS: demand.rampS(rampS), pointer };
  });
}

/** Splits the asked time into as few runs as can carry it, or into as many runs as a job may have. */
function asRepeats(repeats: number, durationS: number, mostS: number): { repeats: number; eachS: number } {
  const needed = Math.min(REPEATS_MAX, repeats * Math.ceil(durationS / mostS));
  return { repeats: needed, eachS: Math.min(mostS, Math.ceil((repeats * durationS) / needed)) };
}

const inS = (seconds: number): string => `${Math.ceil(seconds).toLocaleString("en")} s`;

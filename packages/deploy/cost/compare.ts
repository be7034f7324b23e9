import type { Tally } from "./tally.ts";

/** One thing that the model says and a real job did. */
export interface Compared {
  name: string;
  model: number;
  counted: number;
  isRight: boolean;
}

const SHARE = 0.05;
const TIMES = 2;
/** One segment more or less is read three times; clock probes come in bursts of eight. */
const TIMES_OF: Record<string, number> = {
  "GET telemetry": 3,
  "API: the clock": 8,
  "LIST progress": 3,
  "GET progress": 3,
  "LIST events": 3,
};
/** An agent asks again 2 s after an answer and a viewer is shown more 5 s after a look, and how soon those come depends on how busy this machine is. */
const SHARE_OF: Record<string, number> = {
  "API: where to upload": 0.15,
  "LIST progress": 0.15,
  "GET progress": 0.15,
  "LIST events": 0.15,
};

/** Right within 5 % or 2, whichever is more: a period may begin or end a moment sooner. What one side alone knows counts as 0 on the other. */
export function compare(model: Tally, counted: Tally): Compared[] {
  const names = [...new Set([...Object.keys(model), ...Object.keys(counted)])].toSorted((a, b) =>
    whatIn(a) < whatIn(b) ? -1 : 1,
  );
  return names.flatMap((name) => {
    const [said, was] = [Math.round(model[name] ?? 0), counted[name] ?? 0];
    if (said === 0 && was === 0) return [];
    return {
      name,
      model: said,
      counted: was,
      isRight: Math.abs(said - was) <= Math.max(TIMES_OF[name] ?? TIMES, (SHARE_OF[name] ?? SHARE) * was),
    };
  });
}

/** `GET control` goes beside `PUT control`. */
const whatIn = (name: string): string => name.split(" ").toReversed().join(" ");

import type { ErrorKind, NextAction, VerdictCause } from "../../codes.ts";
import type { NextStep } from "../../job/state/verdict.ts";
import type { JobSpec } from "../../job/spec/spec.ts";
import { demandOf, type Load } from "../../load.ts";
import { REACH } from "../../metric/saturation/saturation.ts";
import type { Level, Report } from "../schema.ts";
import { loadText } from "../text.ts";
import { kindsOf } from "./failures.ts";
import { type Capacity, isUsable } from "./found.ts";
import { longerFor } from "./longer.ts";
import { type Status, whyOpen } from "./status.ts";

/** What the next step follows from. */
export interface Facts {
  status: Status;
  capacity: Capacity;
  /** The measured levels of the first kind, in the order of their load. */
  levels: Level[];
  /** The levels with failures that the headline names. */
  failing: Level[];
  saturation: Report["saturation"];
  stop: JobSpec["stop"];
  /** How long the levels of a search may take. It is null where there is none. */
  withinS: number | null;
}

const step = (action: NextAction, sentence: string, more: Partial<NextStep> = {}): NextStep => ({
  action,
  sentence,
  load: null,
  durationS: null,
  requests: null,
  ...more,
});

/** What to do next by the cause of the verdict. It is null where nothing is left to find out. */
export function nextStep(facts: Facts): NextStep | null {
  const { cause } = facts.status;
  if (cause === null) return testMore(facts);
  const highest = facts.levels.at(-1);
  // Without an objective the highest level is to be mended before a higher one is tested.
  const first =
    cause === "no_slo" && highest !== undefined && !isUsable(highest) ? whyOpen(highest, null).cause : cause;
  return (BY_CAUSE[first] ?? readReport)(facts);
}

const BY_CAUSE: Partial<Record<VerdictCause, (facts: Facts) => NextStep | null>> = {
  endpoint_down: mendEndpoint,
  rate_limited: mendEndpoint,
  failures: mendEndpoint,
  objective: easeObjective,
  client_limited: () =>
    step("free_client", "Give the load generator a core of its own, or a faster machine."),
  coalesced: () =>
    step("stop_buffering", "Stop what holds the stream back: a proxy that buffers it, or the server itself."),
  under_delivered: () =>
    step(
      "deliver_load",
      "Find out what kept requests back, such as waits after failed ones, and run it again.",
    ),
  too_few: runLonger,
  too_correlated: runLonger,
  too_short: runLonger,
  no_slo: testMore,
  budget: () => step("raise_limits", "Raise the job's `limits`, or ask for fewer levels."),
  cancelled: () => step("run_again", "Submit the job again to measure the rest."),
  shards_lost: () => step("run_again", "Give the load generator more memory, or ask for fewer users."),
  internal: () => step("run_again", "Submit the job again; the service's log says what failed."),
};

const readReport = (): NextStep =>
  step("read_report", "Read what the report says of this level, mend it, and run it again.");

/** What to do about the most frequent kind of failure. */
const MEND: Partial<Record<ErrorKind, string>> = {
  dns: "Check the endpoint's host name.",
  connect: "Check that the endpoint still runs and takes so many connections.",
  tls: "Check the endpoint's TLS certificate, and that it takes so many connections.",
  headers_timeout: "Find out why answers do not begin, or give them longer: `limits.timeouts`.",
  idle_timeout: "Find out why answers stop, or give them longer: `limits.timeouts`.",
  total_timeout: "Find out why answers do not end, or give them longer: `limits.timeouts`.",
  http_4xx: "Read what the endpoint answered, and mend what it refuses.",
  http_429: "Raise the endpoint's rate limit for this key, or ask for less load.",
  http_5xx: "Read what the endpoint answered and its own log, or ask for less load.",
};

function mendEndpoint({ failing }: Facts): NextStep {
  const [kind] = kindsOf(failing).keys();
  const advice = kind === undefined ? undefined : MEND[kind];
  return step("mend_endpoint", advice ?? "Read what the endpoint sent and its own log.");
}

function easeObjective({ capacity, levels, status }: Facts): NextStep {
  const best = levels.find(({ id }) => id === capacity.levelId);
  if (best !== undefined)
    return step("ease_objective", `Keep to ${loadText(best.load)}, or loosen the objective.`, {
      load: best.load,
    });
  const at = status.level === null ? "" : `: ${loadText(status.level.load)} missed it`;
  return step("ease_objective", `Loosen the objective, or make the endpoint faster${at}.`);
}

/** More load, where the highest that ran is not the limit. It is never below one that ran. */
function testMore({ capacity, levels, saturation, status }: Facts): NextStep | null {
  const highest = levels.at(-1);
  const isOpen =
    status.status === "met" ? capacity.limit === "not_reached" : saturation?.nextLoadToTest != null;
  if (highest === undefined || !isOpen) return null;
  const load: Load = demandOf(highest.load).raisedBy(REACH);
  return step("test_more", `Test ${loadText(load)} to find where it ends.`, { load });
}

function runLonger({ status: { ran }, stop, withinS }: Facts): NextStep {
  if (withinS !== null)
    return step(
      "run_longer",
      `Give the search longer than ${withinS} s (\`--within\`, or \`levels.search.withinS\` of the job).`,
    );
  const longer = ran === null ? null : longerFor(ran, stop);
  if (longer === null)
    return step(
      "run_longer",
      "Run the levels longer, or loosen the objective: the percentile lies near its bound.",
    );
  const { durationS, requests } = longer;
  return requests === null
    ? step(
        "run_longer",
        `Run ${durationS} s a level (\`--duration ${durationS}\`, or \`stop.durationS\` of the job).`,
        longer,
      )
    : step(
        "run_longer",
        `Send ${requests} requests a level (\`--requests ${requests}\`, or \`stop.requests\` of the job).`,
        longer,
      );
}

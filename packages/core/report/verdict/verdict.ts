import type { JobSpec } from "../../job/spec/spec.ts";
import { loadsOf, searchOf } from "../../job/plan/loads.ts";
import type { Verdict } from "../../job/state/verdict.ts";
import type { Report } from "../schema.ts";
import { bottleneckOf } from "../bottleneck/bottleneck.ts";
import { answerOf, isBounded } from "./answer.ts";
import { capacityOf } from "./capacity.ts";
import { failuresSentence, hasFailures } from "./failures.ts";
import { ofFirstKind } from "./found.ts";
import { nextStep } from "./next.ts";
import { statusOf, toldLevels } from "./status.ts";

/** The verdict of a report: what came of the objective, how much load the endpoint takes, and what to do next. */
export function verdictOf(
  report: Pick<Report, "levels" | "saturation" | "state" | "validity" | "gpus" | "model" | "slo">,
  spec: JobSpec,
): Verdict {
  const { levels, saturation, state, validity } = report;
  const slo = spec.slo ?? null;
  const search = searchOf(spec);
  const isSearch = search !== null;
  // What a search did not run was not asked for.
  const judged = { levels, asked: isSearch ? [] : loadsOf(spec), isSearch, state, slo };
  const measured = levels.filter(({ role }) => role !== "warmup");
  const capacity = capacityOf(measured, { saturation, slo, isSearch });
  const status = statusOf(judged);
  // Where the load generator left the capacity open, all failures are told before it.
  const isClients = capacity.capacity.value === null && capacity.capacity.reasons.includes("client_limited");
  const told = toldLevels(judged);
  const failing = told.filter(
    (level) =>
      level.requests.failed > 0 &&
      (isClients || hasFailures(level, slo) || (status.status === "failed" && level === status.ran)),
  );
  const { ran: _, ...said } = status;
  const found = bottleneckOf({ ...report, capacity });
  const best = measured.find(({ id }) => id === capacity.levelId);
  return {
    ...said,
    next: nextStep({
      status,
      capacity,
      levels: ofFirstKind(measured),
      failing,
      saturation,
      stop: spec.stop,
      withinS: search?.withinS ?? null,
    }),
    validity,
    ...capacity,
    bottleneck: found?.bottleneck ?? null,
    answer: answerOf({
      capacity,
      level: best,
      isBounded: isBounded(best, slo, isSearch),
      slo,
      bottleneck: found === null ? null : { cause: found.bottleneck.cause, beyond: found.beyond },
    }),
    sentence: [failuresSentence(failing, told), capacity.sentence].filter((part) => part !== null).join(" "),
  };
}

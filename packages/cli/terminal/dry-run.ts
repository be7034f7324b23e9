import { type DryRun, dryRunOf, isStreamed } from "@brimline/core/job/plan/dry-run";
import { placesText, type ProofPlaces } from "@brimline/core/job/proof";
import type { JobSpec, JobRequest } from "@brimline/core/job/spec/spec";
import { TRIAL } from "@brimline/core/job/trial";
import { demandOf } from "@brimline/core/load";
import { concurrencyLoad } from "@brimline/core/load/concurrency";
import { lengthText, promptsText, usdText } from "@brimline/core/report/text";
import { judgeLocally } from "@brimline/functions/local/judge";
import { fieldsError } from "../error.ts";
import { fullLoadText, seconds } from "@brimline/core/report/shown/cells";
import { searchPlan } from "./search-plan.ts";
import { table, wrap } from "./table.ts";

/**
 * Plans a job and sends nothing. It throws a UsageError with each complaint that a service on this machine
 * would have.
 */
export function dryRun(request: JobRequest): { spec: JobSpec; plan: DryRun } {
  const judged = judgeLocally(request);
  if ("errors" in judged) throw fieldsError(judged.errors);
  return { spec: judged.spec, plan: dryRunOf(judged.spec) };
}

const AS_MANY = "as many as it answers";

/** The token that preflight looks for at either place. */
type Proof = { token: string } & ProofPlaces;

/** A dry run for a terminal of so many columns. */
export function dryRunText(
  { spec, plan, proof = null }: { spec: JobSpec; plan: DryRun; proof?: Proof | null },
  columns: number,
): string {
  const { idleS, warmup, search, levels, total } = plan;
  const rows = [
    ["", "requests", "time"],
    ...(idleS > 0 ? [["idle before load", "", seconds(idleS)]] : []),
    ...(warmup === null
      ? []
      : [[`warm-up, ${fullLoadText(concurrencyLoad(warmup.users))}`, whole(warmup.requests), "until done"]]),
    ...(search === null ? [] : [["search", AS_MANY, `at most ${seconds(search.withinS)}`]]),
    ...levels.map(({ load, repeats, requests, sends }) => [
      `${fullLoadText(load)}${repeats > 1 ? ` × ${repeats}` : ""}`,
      requests === null ? (demandOf(load).isOpenLoop ? "by its rate" : AS_MANY) : whole(requests),
      sends.maxS === null
        ? "until done"
        : spec.precision !== undefined
          ? `until ±${spec.precision.percent} %, ${spanText(sends)}`
          : spec.stop === undefined
            ? "30 s to 3 min"
            : seconds(sends.maxS),
    ]),
    [
      "in all",
      total.requests === null ? "unknown" : `at most ${whole(total.requests)}`,
      spanText(total.time),
    ],
  ];
  return [
    `${plan.endpoint.model} at ${plan.endpoint.url}`,
    `prompts: ${promptsText(spec.workload)}${isStreamed(spec) ? `, answers: ${lengthText(spec.workload.outputTokens)} tokens` : ""}`,
    ...table(rows),
    ...[
      ...(search === null ? [tokensText(total)] : searchPlan(spec)),
      search === null
        ? `${spec.stop === undefined && spec.precision === undefined ? "The warm-up sets how long a level is. " : ""}Ramps that the warm-up sets, the warm-up itself and each level's last answers take time on top.`
        : "Each level follows from those before it. Preflight takes time on top.",
      `The job ends after ${seconds(plan.maxDurationS)} at the latest.`,
      ...(proof === null
        ? []
        : [
            `It is more than a trial (${TRIAL.users} users, ${TRIAL.seconds} s), so the service wants proof that the endpoint is yours. Before you submit it, put ${proof.token} ${placesText(proof)}.`,
          ]),
    ].flatMap((said) => wrap(said, columns)),
    "",
  ].join("\n");
}

const whole = (value: number): string => value.toLocaleString("en-US");

function spanText({ minS, maxS }: DryRun["total"]["time"]): string {
  if (maxS === null) return minS === 0 ? "until done" : `at least ${seconds(minS)}`;
  if (minS === maxS) return seconds(maxS);
  return minS === 0 ? `at most ${seconds(maxS)}` : `${seconds(minS)} to ${seconds(maxS)}`;
}

function tokensText(total: DryRun["total"]): string {
  const { requests, promptTokens, outputTokens, usd } = total;
  const cost = usd === null ? "" : ` Its GPUs cost at most ${usdText(usd)}.`;
  if (requests === null)
    return outputTokens === null
      ? `Requests and tokens depend on how fast the endpoint answers.${cost}`
      : `Requests depend on how fast the endpoint answers; a limit allows ${whole(outputTokens)} output tokens.${cost}`;
  const tokens = [
    ...(promptTokens === null ? [] : [`${whole(promptTokens)} prompt`]),
    ...(outputTokens === null ? [] : [`${whole(outputTokens)} output`]),
  ];
  const about = tokens.length === 0 ? "" : `, about ${tokens.join(" and ")} tokens`;
  return `At most ${whole(requests)} requests${about}.${cost}`;
}

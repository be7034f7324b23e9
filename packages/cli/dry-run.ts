import { fieldErrors } from "@brimline/core/job/issues";
import { idleSOf, loadsOf, warmupOf } from "@brimline/core/job/plan";
import { JobSpec, type JobRequest, type Length } from "@brimline/core/job/spec";
import { demandOf, type Load } from "@brimline/core/load";
import { concurrencyLoad } from "@brimline/core/load/concurrency";
import { lengthText } from "@brimline/core/report/text";
import { UsageError } from "./error.ts";
import { fullLoadText, promptsText, seconds } from "./figures.ts";
import { table } from "./table.ts";

/**
 * What a job would do: its levels, their time, their requests and their tokens. It sends nothing, and throws
 * when the job is not valid.
 */
export function dryRun(request: JobRequest): string {
  const parsed = JobSpec.safeParse(request);
  if (!parsed.success)
    throw new UsageError(
      fieldErrors(parsed.error.issues, request)
        .map(({ pointer, detail }) => `${pointer === "" ? "job" : pointer}: ${detail}`)
        .join("\n  "),
    );
  const spec = parsed.data;
  const warmup = warmupOf(spec);
  const rows = [
    ["", "requests", "time"],
    ...(idleSOf(spec) > 0 ? [["idle before load", "", seconds(idleSOf(spec))]] : []),
    ...(warmup === null
      ? []
      : [[`warm-up, ${fullLoadText(concurrencyLoad(warmup.users))}`, String(warmup.requests), "until done"]]),
    ...loadsOf(spec).map((load) => [
      `${fullLoadText(load)}${spec.repeats > 1 ? ` × ${spec.repeats}` : ""}`,
      requestsOf(spec, load)?.toLocaleString("en-US") ??
        (demandOf(load).isOpenLoop ? "by its rate" : "as many as it answers"),
      durationText(spec, load),
    ]),
  ];
  const perLevel = loadsOf(spec).map((load) => requestsOf(spec, load));
  const requests = perLevel.reduce<number | null>(
    (sum, each) => (sum === null || each === null ? null : sum + spec.repeats * each),
    0,
  );
  return [
    `${spec.endpoint.model} at ${spec.endpoint.url}`,
    `prompts: ${promptsText(spec.workload)}, answers: ${lengthText(spec.workload.outputTokens)} tokens`,
    ...table(rows),
    requests === null
      ? "Requests and tokens depend on how fast the endpoint answers."
      : `At most ${requests.toLocaleString("en-US")} measured requests${tokensText(spec, requests)}.`,
    `The job ends after ${seconds(spec.limits.maxDurationS)} at the latest.`,
    "",
  ].join("\n");
}

/** The largest number of requests that a level sends. It is null when the endpoint or the warm-up decides. */
function requestsOf(spec: JobSpec, load: Load): number | null {
  const demand = demandOf(load);
  const { durationS, requests } = demand.stopOf(spec.stop);
  return requests ?? (durationS === null ? null : demand.countIn(durationS));
}

function durationText(spec: JobSpec, load: Load): string {
  const { durationS } = demandOf(load).stopOf(spec.stop);
  if (durationS !== null) return seconds(durationS);
  return spec.stop?.requests === undefined ? "30 s to 3 min, from the warm-up" : "until done";
}

const meanOf = (length: Length): number =>
  typeof length === "number" ? length : "mean" in length ? length.mean : (length.min + length.max) / 2;
function tokensText({ workload }: JobSpec, requests: number): string {
  const total = (length: Length): string => Math.round(requests * meanOf(length)).toLocaleString("en-US");
  return `, about ${workload.prompts === undefined ? `${total(workload.inputTokens)} prompt and ` : ""}${total(workload.outputTokens)} output tokens`;
}

import { idleSOf, loadsOf, runCountOf, warmupOf } from "@brimline/core/job/plan";
import { JobSpec, type JobRequest, type Length } from "@brimline/core/job/spec";
import { UsageError } from "./error.ts";
import { lengthText, loadText, seconds } from "./figures.ts";
import { table } from "./table.ts";

/** What a job would do: its levels, how long, how many requests and tokens. Nothing is sent. Throws where the job cannot be right. */
export function dryRun(request: JobRequest): string {
  const parsed = JobSpec.safeParse(request);
  if (!parsed.success)
    throw new UsageError(parsed.error.issues.map((issue) => `${issue.path.length === 0 ? "job" : issue.path.join(".")}: ${issue.message}`).join("\n  "));
  const spec = parsed.data;
  const warmup = warmupOf(spec);
  const perLevel = durationText(spec);
  const rows = [
    ["", "requests", "time"],
    ...(idleSOf(spec) > 0 ? [["quiet before load", "", seconds(idleSOf(spec))]] : []),
    ...(warmup === null ? [] : [[`warm-up, ${loadText({ kind: "concurrency", users: warmup.users })}`, String(warmup.requests), "until done"]]),
    ...loadsOf(spec).map((load) => [
      `${loadText(load)}${spec.repeats > 1 ? ` × ${spec.repeats}` : ""}`,
      spec.stop?.requests?.toLocaleString("en-US") ?? "as many as it answers",
      perLevel,
    ]),
  ];
  const requests = spec.stop?.requests === undefined ? null : spec.stop.requests * runCountOf(spec);
  return [
    `${spec.endpoint.model} at ${spec.endpoint.url}`,
    `prompts of ${lengthText(spec.workload.inputTokens)} tokens, answers of ${lengthText(spec.workload.outputTokens)}`,
    ...table(rows),
    requests === null
      ? "Requests and tokens depend on how fast the endpoint answers."
      : `At most ${requests.toLocaleString("en-US")} measured requests${tokensText(spec, requests)}.`,
    `The job ends after ${seconds(spec.limits.maxDurationS)} at the latest.`,
    "",
  ].join("\n");
}

function durationText(spec: JobSpec): string {
  if (spec.stop?.durationS !== undefined) return seconds(spec.stop.durationS);
  return spec.stop?.requests === undefined ? "30 s to 3 min, from the warm-up" : "until done";
}

const meanOf = (length: Length): number => (typeof length === "number" ? length : "mean" in length ? length.mean : (length.min + length.max) / 2);
const tokensText = (spec: JobSpec, requests: number): string =>
  `, about ${Math.round(requests * meanOf(spec.workload.inputTokens)).toLocaleString("en-US")} prompt and ${Math.round(requests * meanOf(spec.workload.outputTokens)).toLocaleString("en-US")} output tokens`;

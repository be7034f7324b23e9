import type { FieldError } from "@brimline/core/job/spec/issues";
import type { Problem } from "@brimline/core/job/state/problem";
import type { JobRequest } from "@brimline/core/job/spec/spec";
import { createGuard } from "@brimline/load/guard/guard";
import { listedModels } from "@brimline/load/preflight/models";
import { judgeLocally } from "./judge.ts";

/** An endpoint whose model is to be found out, and how long it is waited for. */
export type Modelless = Pick<JobRequest, "waitS"> & { endpoint: Omit<JobRequest["endpoint"], "model"> };

/**
 * The models that an endpoint lists. It is judged as a service on this machine judges that of a job, and what is
 * wrong with it is said in the words of preflight.
 */
export async function modelsOf(
  { endpoint, waitS }: Modelless,
  { totalMs, onNotUp }: { totalMs: number; onNotUp?: (said: string) => void },
): Promise<{ models: string[] } | { problem: Problem } | { errors: FieldError[] }> {
  const wanted = { endpoint: { ...endpoint, model: "to be found" }, levels: [1] };
  const judged = judgeLocally(waitS === undefined ? wanted : { ...wanted, waitS });
  if ("errors" in judged) return judged;
  const guard = createGuard({ profile: "local" });
  return listedModels({ ...judged, guard, totalMs, ...(onNotUp && { onNotUp }) });
}

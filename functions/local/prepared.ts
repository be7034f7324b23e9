import { loadsOf, searchOf } from "@brimline/core/job/plan/loads";
import type { JobSpec } from "@brimline/core/job/spec/spec";
import type { Load } from "@brimline/core/load";

/**
 * The loads for which workers start and measure themselves before the first level. A search that names no most users is
 * taken to need two workers: few endpoints take more, and beyond that a worker starts cold and without a certificate.
 */
export function preparedLoads(spec: JobSpec, usersPerShard: number): Load[] {
  const search = searchOf(spec);
  if (search === null || search.of === "rate" || search.max !== undefined) return loadsOf(spec);
  return loadsOf({ ...spec, levels: { search: { ...search, max: 2 * usersPerShard } } });
}

import type { JobLinks } from "@brimline/core/job/state/job";
import { keys } from "@brimline/store/keys";

/** Where a caller finds a job, its report and its page. A link is null while there is nothing behind it. */
export function linksOf(
  publicUrl: string,
  id: string,
  status: { hasReport: boolean; hasPage: boolean; hasComparison: boolean } | null,
): JobLinks {
  const self = `${publicUrl}/v1/jobs/${id}`;
  return {
    self,
    events: `${self}/events`,
    cancel: `${self}/cancel`,
    report: status?.hasReport === true ? `${self}/report` : null,
    page: status?.hasPage === true ? `${publicUrl}/${keys.page(id, "")}` : null,
    comparison: status?.hasComparison === true ? `${publicUrl}/${keys.comparison(id, "")}` : null,
  };
}

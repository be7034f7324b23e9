import type { JobLinks } from "@brimline/core/job/job";

/** Where a caller finds a job, its report and its page; null while there is none. */
export function linksOf(
  publicUrl: string,
  id: string,
  status: { hasReport: boolean; hasPage: boolean } | null,
): JobLinks {
  const self = `${publicUrl}/v1/jobs/${id}`;
  return {
    self,
    events: `${self}/events`,
    cancel: `${self}/cancel`,
    report: status?.hasReport === true ? `${self}/report` : null,
    page: status?.hasPage === true ? `${publicUrl}/r/${id}/` : null,
  };
}

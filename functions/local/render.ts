import { plainUrl } from "@brimline/core/job/spec/url";
import { BrimlineError } from "@brimline/core/error";
import { s3Location } from "@brimline/store/s3-location";
import { configOf } from "../local.ts";
import { type Rendered, renderAgain, renderLists, reportedJobs } from "../tasks/render.ts";
import { openService, openStores } from "./home.ts";

interface Place {
  data: string;
  store?: string | undefined;
  storeEndpoint?: string | undefined;
  /** Where callers reach the service, which pages name. */
  publicUrl: string;
}

/**
 * Renders the pages of these jobs, or of all that have a report, and all lists, where the objects lie. It needs no
 * service, and one that runs does not disturb it. `tell` hears of each report. It answers how many lists there are, or
 * which of the jobs have no report; then nothing is rendered.
 */
export async function renderStored(
  { data, store, storeEndpoint, publicUrl }: Place,
  ids: string[],
  tell: (id: string, rendered: Rendered, done: number, of: number) => void,
): Promise<{ lists: number } | { missing: string[] }> {
  const url = plainUrl(publicUrl);
  if ("problem" in url) throw new BrimlineError("internal", `--public-url ${url.problem}`);
  const place = store === undefined ? undefined : s3Location(store, storeEndpoint);
  const reported = await reportedJobs(await openStores(data, place));
  const missing = ids.filter((id) => !reported.includes(id));
  if (missing.length > 0 || reported.length === 0) return { missing };
  const config = await configOf(publicUrl.replace(/\/+$/, ""), null);
  const service = await openService({ dataDir: data, config, ...(place !== undefined && { store: place }) });
  const wanted = ids.length === 0 ? reported : ids;
  for (const [index, id] of wanted.entries())
    tell(id, await renderAgain(service, id), index + 1, wanted.length);
  return { lists: await renderLists(service) };
}

import { preflight, REQUESTS_MAX } from "@brimline/load/preflight/preflight";
import type { ScrapeEnd } from "@brimline/load/scrape/metrics-line";
import { scrapeOnce } from "@brimline/load/scrape/scraper";
import { keys } from "@brimline/store/keys";
import { z } from "zod";
import { specOf } from "../objects/spec.ts";
import { createObject, readObject } from "../objects/object.ts";
import { PreflightObject } from "../objects/preflight.ts";
import type { Service } from "../service.ts";
import { endpointSecrets } from "./endpoint-secrets.ts";

export const PreflightInput = z.object({ jobId: z.string() });

export type PreflightResult = Pick<PreflightObject, "verdict" | "problem">;

/**
 * Finds out with at most 3 requests whether the endpoint is an LLM that streams, then asks once for its server's
 * own metrics. A job has one preflight:
 * what it learnt lies in `preflight.json`. Each request is written down before it is sent, so that the
 * requests of a lost process count too. It throws a BrimlineError `secret_unavailable` when the endpoint's
 * secrets cannot be opened; then it has sent nothing.
 */
export async function preflightTask(
  service: Service,
  { jobId }: z.infer<typeof PreflightInput>,
): Promise<PreflightResult> {
  const learnt = await readObject(service.data, keys.preflight(jobId), PreflightObject);
  if (learnt !== null) return resultOf(learnt);
  const asked = await requestsAsked(service, jobId);
  if (asked === REQUESTS_MAX)
    throw new Error(`Preflight of ${jobId} was lost after ${asked} requests, and may send no more.`);
  const { spec } = await specOf(service, jobId);
  const secrets = await endpointSecrets(service, jobId);
  const beforeRequest = async (nth: number): Promise<void> => {
    const isOurs = await service.data.create(keys.preflightAsked(jobId, nth), "");
    if (!isOurs) throw new Error(`Request ${nth} of preflight of ${jobId} is sent by another process.`);
  };
  const result = await preflight({ spec, secrets, guard: service.guard, asked, beforeRequest });
  // A host that is no LLM endpoint is asked for nothing more.
  const scraped =
    result.verdict === "accepted" ? await scrapeOnce({ spec, secrets, guard: service.guard }) : null;
  const found: PreflightObject = { schema: "brimline.preflight/1", ...result, metrics: metricsOf(scraped) };
  await createObject(service.data, keys.preflight(jobId), found);
  return resultOf(found);
}

/** The number of requests that the endpoint may have received from this job's preflight. */
async function requestsAsked({ data }: Service, jobId: string): Promise<number> {
  let asked = 0;
  while (asked < REQUESTS_MAX && (await data.get(keys.preflightAsked(jobId, asked + 1))) !== null) asked++;
  return asked;
}

const metricsOf = (scraped: ScrapeEnd | null): PreflightObject["metrics"] =>
  scraped !== null && "scrape" in scraped ? { engine: scraped.scrape.engine } : scraped;

const resultOf = ({ verdict, problem }: PreflightObject): PreflightResult => ({ verdict, problem });

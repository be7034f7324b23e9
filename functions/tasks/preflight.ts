import { TRIAL } from "@brimline/core/job/trial";
import { unproved } from "@brimline/load/preflight/ownership";
import { preflight, REQUESTS_MAX, waitOf } from "@brimline/load/preflight/preflight";
import type { ScrapeEnd } from "@brimline/load/scrape/metrics-line";
import { scrapeOnce } from "@brimline/load/scrape/scraper";
import { keys } from "@brimline/store/keys";
import type { z } from "zod";
import { ADMIN } from "../objects/caller.ts";
import { createObject, readObject } from "../objects/object.ts";
import { PreflightObject } from "../objects/preflight.ts";
import { type SpecObject, specOf } from "../objects/spec.ts";
import { takeTrial } from "../objects/trial.ts";
import { statusOf } from "../objects/status.ts";
import { needsProof, ownershipToken } from "../objects/ownership.ts";
import type { Service } from "../service.ts";
import { endpointSecrets } from "./endpoint-secrets.ts";
import type { PreflightInput } from "./preflight-input.ts";
import { openTries } from "./preflight-tries.ts";
import { watchControl } from "./watch.ts";

/**
 * Preflight's verdict. `waiting`: the endpoint is not up yet, and this call may wait no longer. `cancelled`: the
 * job was cancelled meanwhile.
 */
export type PreflightResult =
  | Pick<PreflightObject, "verdict" | "problem">
  | { verdict: "cancelled"; problem: null }
  | { verdict: "waiting"; problem: null };

/**
 * Finds out with at most 3 requests that count whether the endpoint is an LLM that streams, then asks once
 * for its server's own metrics. A job has one preflight: what it learnt lies in `preflight.json`. Each request is
 * written down before it is sent, so that the requests of a lost process count too. It throws a BrimlineError `secret_unavailable` when the endpoint's
 * secrets cannot be opened; then it has sent nothing.
 */
export async function preflightTask(
  service: Service,
  { jobId }: z.infer<typeof PreflightInput>,
): Promise<PreflightResult> {
  const learnt = await readObject(service.data, keys.preflight(jobId), PreflightObject);
  if (learnt !== null) return resultOf(learnt);
  const [{ spec, caller }, { startedAt }] = await Promise.all([
    specOf(service, jobId),
    statusOf(service, jobId),
  ]);
  const startedUnixMs = startedAt === null ? service.now() : Date.parse(startedAt);
  const leftMs = (forS: number): number => Math.max(0, startedUnixMs + 1000 * forS - service.now());
  const tries = await openTries(service, jobId, startedUnixMs);
  if (tries.asked() >= REQUESTS_MAX)
    throw new Error(`Preflight of ${jobId} was lost after ${tries.asked()} requests, and may send no more.`);
  const secrets = await endpointSecrets(service, jobId);
  const cap = service.config.caps.preflight;
  const over = new AbortController();
  const stop = new AbortController();
  watchControl(service, jobId, over.signal, (why) => stop.abort(why));
  try {
    const result = await preflight({
      spec,
      secrets,
      guard: service.guard,
      asked: tries.asked(),
      waitMs: leftMs(waitOf(spec)),
      leftMs: leftMs(spec.limits.maxDurationS),
      ...(cap !== undefined && { turnMs: 1000 * cap.turnS, askMs: 1000 * cap.askS }),
      onStep: tries.step,
      signal: stop.signal,
    });
    if (result === null) return { verdict: "waiting", problem: null };
    // It is asked here, and not when the job is submitted: here the endpoint is up and asked from the network that will
    // load it, a removed token stops the next start, and a submit still sends nothing to anyone. A host that is no LLM
    // endpoint is asked for nothing more.
    const { asks, addresses } =
      result.verdict === "accepted" ? await mayLoad(service, jobId, { caller, spec }) : NOTHING;
    const unproven =
      asks === null
        ? null
        : await unproved({
            spec,
            secrets,
            guard: service.guard,
            token: ownershipToken(service, caller),
            asks,
            signal: stop.signal,
          });
    const judged =
      unproven === null ? result : { ...result, verdict: "rejected" as const, problem: unproven };
    const scraped =
      judged.verdict === "accepted" ? await scrapeOnce({ spec, secrets, guard: service.guard }) : null;
    const found: PreflightObject = {
      schema: "brimline.preflight/1",
      ...judged,
      metrics: metricsOf(scraped),
      addresses,
    };
    await createObject(service.data, keys.preflight(jobId), found);
    await tries.done();
    return resultOf(found);
  } catch (error) {
    if (stop.signal.reason === "cancelled") return { verdict: "cancelled", problem: null };
    if (stop.signal.reason === "lost_control")
      throw new Error(`Preflight of ${jobId} could not see whether its job was cancelled, and stopped.`, {
        cause: error,
      });
    throw error;
  } finally {
    over.abort();
  }
}

/** What a job may load: `asks` says why its endpoint must be shown to be the caller's, `addresses` where a trial goes. */
interface MayLoad {
  asks: string | null;
  addresses: string[] | null;
}

const NOTHING: MayLoad = { asks: null, addresses: null };

async function mayLoad(
  service: Service,
  jobId: string,
  { caller, spec }: Pick<SpecObject, "caller" | "spec">,
): Promise<MayLoad> {
  if (caller === ADMIN) return NOTHING;
  if (needsProof(caller, spec))
    return {
      asks: `A job beyond ${TRIAL.users} users and ${TRIAL.seconds} s needs proof.`,
      addresses: null,
    };
  const trial = await takeTrial(service, jobId, spec);
  if ("addresses" in trial) return { asks: null, addresses: trial.addresses };
  const next = new Date(Date.parse(trial.before) + 1000 * TRIAL.everyS).toISOString();
  return {
    asks: `Another trial of this host began at ${trial.before}, so without proof the next may begin at ${next}.`,
    addresses: null,
  };
}

const metricsOf = (scraped: ScrapeEnd | null): PreflightObject["metrics"] =>
  scraped !== null && "scrape" in scraped ? { engine: scraped.scrape.engine } : scraped;

const resultOf = ({ verdict, problem }: PreflightObject): PreflightResult => ({ verdict, problem });

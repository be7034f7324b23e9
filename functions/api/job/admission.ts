import { type EndpointSecrets, sealedText, secretFields } from "@brimline/core/job/spec/endpoint-secrets";
import type { JobSpec } from "@brimline/core/job/spec/spec";
import { Secret } from "@brimline/core/secret";
import { atOnce, REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import type { Context } from "hono";
import { randomUUID } from "node:crypto";
import pLimit from "p-limit";
import { createObject, putObject, readObject } from "../../objects/object.ts";
import { AgentObject } from "../../objects/agent.ts";
import { listJob } from "../../objects/job-lists.ts";
import { isTombstone, listingOf, readListing } from "../../objects/listing.ts";
import { type OpenObject } from "../../objects/open.ts";
import { sealWebhookSecrets } from "../../objects/webhook-secrets.ts";
import { SpecObject } from "../../objects/spec.ts";
import type { LogError } from "../../log.ts";
import type { Service } from "../../service.ts";
import { nameAgents } from "../agent/agents.ts";
import { isOwn } from "../../objects/access.ts";
import { type Caller, callerOf } from "../door/auth.ts";
import { withBaseline } from "./baseline.ts";
import { invalid } from "../door/body.ts";
import { bodyFingerprint, jobIdOf } from "../id.ts";
import { hold, letGo } from "./hold.ts";
import { judgeSpec } from "./judge-spec.ts";
import { refuseStopping } from "../operation.ts";
import type { Ports } from "../ports.ts";
import { refuse } from "./refuse.ts";
import { type ProblemError, RequestError } from "../door/problem.ts";
import { jobFor, jobOf } from "./job-view.ts";

/** A request that makes a job. */
interface Asked {
  /** The job, with its webhook's secret. It is asked for only where the request is not a repeated one. */
  request: () => Promise<JobSpec>;
  /** What tells the request from another with the same Idempotency-Key. */
  bytes: Uint8Array;
}

type AdmissionPorts = Pick<Ports, "refuse" | "startJob" | "isStopping">;

export interface Admission {
  /**
   * Takes in the job that a caller asks for, once for each Idempotency-Key of that caller, and gives its id. It throws
   * RequestError.
   */
  take(caller: Caller, idempotencyKey: string, asked: Asked): Promise<string>;
  /** Does that with the key of a request, and answers it with 202. */
  answer(c: Context, asked: Asked): Promise<Response>;
}

interface Submission {
  id: string;
  caller: Caller;
  request: () => Promise<JobSpec>;
  fingerprint: string;
}

const RETRY_FULL_S = "30";

/**
 * The one door for new jobs. A job's id follows from the Idempotency-Key, so neither a retry nor a crash can
 * make two jobs of one request. When requests with the same key arrive together, one is answered and the
 * others get 409.
 */
export function createAdmission(service: Service, ports: AdmissionPorts, logError: LogError): Admission {
  const inFlight = new Set<string>();
  // Submissions are admitted one after another, because each counts the open jobs before it adds its own.
  const admit = pLimit(1);
  const take: Admission["take"] = async (caller, idempotencyKey, { request, bytes }) => {
    const id = jobIdOf(service.idKey, caller.id, idempotencyKey);
    if (inFlight.has(id)) throw inFlightError();
    inFlight.add(id);
    try {
      const submission = { id, caller, request, fingerprint: bodyFingerprint(service.idKey, bytes) };
      if (!(await isReplay(service, submission))) {
        await takeIn(service, ports, submission, (spec) =>
          admit(() => makeRoom(service, submission, spec, inFlight)),
        );
        // The job is accepted by now. If it cannot be started, the sweep starts it later.
        await ports.startJob(id).catch((error: unknown) => logError(error, { jobId: id }));
      }
    } finally {
      inFlight.delete(id);
    }
    return id;
  };
  return {
    take,
    async answer(c, asked) {
      const caller = await callerOf(service, c);
      const id = await take(caller, idempotencyKeyOf(c), asked);
      const job = await jobOf(service, await jobFor(service, caller, id, "read"));
      return c.json(job, 202, { location: job.links.self });
    },
  };
}

/** The key of a request, or one that no other has. It throws RequestError. */
export function idempotencyKeyOf(c: Context): string {
  const key = c.req.header("idempotency-key");
  if (key === undefined) return randomUUID();
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return key;
  throw new RequestError("invalid_request", "Idempotency-Key must be 1 to 255 printable ASCII characters.");
}

export const inFlightError = (): RequestError =>
  new RequestError(
    "in_flight",
    "A request with this Idempotency-Key is being answered. Ask again in a second.",
    { headers: { "retry-after": "1" } },
  );

export const mismatchError = (made: "job" | "schedule"): RequestError =>
  new RequestError(
    "idempotency_mismatch",
    `This Idempotency-Key was used with another body. Send that body, or another key for a new ${made}.`,
  );

/**
 * Whether the same request was accepted before. It throws RequestError when the key was used with another
 * body.
 */
async function isReplay(service: Service, { id, fingerprint }: Submission): Promise<boolean> {
  const [accepted, listing] = await Promise.all([
    readObject(service.data, keys.spec(id), SpecObject),
    readListing(service, id),
  ]);
  if (isTombstone(listing))
    throw new RequestError(
      "deleted",
      "This Idempotency-Key made a job that was deleted. Send another key for a new job.",
    );
  if (accepted === null) return false;
  if (accepted.requestSha256 !== fingerprint) throw mismatchError("job");
  await listJob(service.data, accepted, listingOf(accepted, listing).tags);
  return true;
}

async function takeIn(
  service: Service,
  ports: AdmissionPorts,
  submission: Submission,
  admit: (spec: JobSpec) => Promise<JobSpec>,
): Promise<void> {
  refuseStopping(ports);
  const { id, caller } = submission;
  const request = await submission.request();
  const { spec: judged, secrets } = judgeSpec(service, id, await withBaseline(service, caller, request));
  refuse(ports, caller, judged);
  await findAgents(service, caller, judged);
  const accepted = await admit(judged);
  await nameAgents(service, id, accepted.agents);
  await seal(service, id, secrets, request.webhook?.secret);
  await createObject(service.data, keys.control(id), { schema: "brimline.control/1", action: "run" });
  const spec: SpecObject = {
    schema: "brimline.spec/1",
    id,
    caller: caller.id,
    createdAt: new Date(service.now()).toISOString(),
    requestSha256: submission.fingerprint,
    spec: accepted,
    secretFields: secretFields(secrets),
  };
  // This write commits the submission: from here on the job exists.
  if (!(await createObject(service.data, keys.spec(id), spec))) {
    await isReplay(service, submission);
    return;
  }
  await listJob(service.data, spec, accepted.tags);
}

async function findAgents(service: Service, { id }: Caller, spec: JobSpec): Promise<void> {
  const found = await Promise.all(
    spec.agents.map((agent) => readObject(service.data, keys.agent(agent), AgentObject)),
  );
  const errors = found.flatMap((agent, index): ProblemError[] =>
    agent === null || !isOwn(id, agent.caller)
      ? [{ pointer: `/agents/${index}`, detail: "is not an enrolled agent: enrol it with POST /v1/agents" }]
      : [],
  );
  if (errors.length > 0) throw invalid(errors);
}

/** Takes the job into its caller's account and among the open jobs. The answer is the job with the limits it got there. */
async function makeRoom(
  service: Service,
  { id, caller }: Submission,
  spec: JobSpec,
  inFlight: Set<string>,
): Promise<JobSpec> {
  const held = await hold(service, caller, id, spec);
  try {
    await openMarker(service, id, inFlight);
  } catch (error) {
    await letGo(service, caller, id);
    throw error;
  }
  return held;
}

/**
 * Writes the job's open marker before anything else of the job exists. It throws RequestError when too many
 * jobs are open.
 */
async function openMarker(service: Service, id: string, inFlight: Set<string>): Promise<void> {
  const { openJobs } = service.config.caps;
  if (await isFull(service, id, inFlight)) {
    throw new RequestError(
      "too_many_jobs",
      `There are ${openJobs} jobs that have not ended. Wait for one to end, or cancel one.`,
      {
        headers: { "retry-after": RETRY_FULL_S },
      },
    );
  }
  // A marker that a crash left is replaced, because the sweep removes an old one that has no job.
  const marker: OpenObject = { id, createdAt: new Date(service.now()).toISOString() };
  await putObject(service.data, keys.open(id), marker);
}

/**
 * Whether the number of other jobs that have not ended has reached its cap. A marker that a crash left before
 * the commit has no spec and does not count. There are never more jobs than markers, so specs are read only
 * when there are too many markers.
 */
async function isFull(service: Service, id: string, inFlight: Set<string>): Promise<boolean> {
  const { openJobs } = service.config.caps;
  const markers = await Array.fromAsync(listAll(service.data, keys.openPrefix), (key) =>
    key.slice(keys.openPrefix.length),
  );
  const others = markers.filter((other) => other !== id);
  if (others.length < openJobs) return false;
  const isJob = await atOnce(
    REQUESTS_AT_ONCE,
    others,
    async (other) => inFlight.has(other) || (await service.data.get(keys.spec(other))) !== null,
  );
  return isJob.filter(Boolean).length >= openJobs;
}

async function seal(
  service: Service,
  id: string,
  secrets: EndpointSecrets,
  webhookSecret: string | undefined,
): Promise<void> {
  const text = sealedText(secrets);
  if (text !== null) await service.data.put(keys.secret(id), service.sealer.seal(id, "endpoint", text));
  if (webhookSecret !== undefined) await sealWebhookSecrets(service, id, [new Secret(webhookSecret)]);
}

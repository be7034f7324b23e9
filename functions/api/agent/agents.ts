import { hasEnded, type JobState } from "@brimline/core/job/state/job";
import { atOnce, REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import type { Context } from "hono";
import { randomBytes } from "node:crypto";
import { AgentObject } from "../../objects/agent.ts";
import { createObject, objectToChange, readObject } from "../../objects/object.ts";
import { StatusObject } from "../../objects/status.ts";
import type { Service } from "../../service.ts";
import { callerOf, mayReadOf } from "../door/auth.ts";
import { readBody } from "../door/body.ts";
import { sha256Hex } from "../../sha256.ts";
import { randomId } from "../id.ts";
import { idParam } from "../door/param.ts";
import { RequestError } from "../door/problem.ts";
import { type Agent, type AgentEnrolled, AgentRequest } from "../openapi/schemas.ts";

/**
 * The number of times that a change of an agent is tried. Of concurrent changes, one succeeds at each try.
 */
const CHANGE_TRIES = 100;

/** `POST /v1/agents` enrols an agent. Only this answer shows the token; the store keeps its hash. */
export const enrolAgent =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const caller = await callerOf(service, c);
    const { value } = await readBody(c, AgentRequest);
    const id = randomId();
    const token = `bla_${id}_${randomBytes(32).toString("base64url")}`;
    const agent: AgentObject = {
      schema: "brimline.agent/1",
      id,
      caller: caller.id,
      ...value,
      tokenSha256: sha256Hex(token),
      createdAt: new Date(service.now()).toISOString(),
      jobs: [],
    };
    if (!(await createObject(service.data, keys.agent(id), agent)))
      throw new Error(`agent id ${id} was drawn twice`);
    return c.json({ id, token } satisfies AgentEnrolled, 201, {
      location: `${service.config.publicUrl}/v1/agents/${id}`,
      "cache-control": "no-store",
    });
  };

/** `GET /v1/agents/{id}` answers what the agent said of itself. */
export const readAgent =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const agent = await readObject(service.data, keys.agent(idParam(c)), AgentObject);
    if (agent === null || !(await mayReadOf(service, c, agent.caller)))
      throw new RequestError("not_found", "There is no agent with this id.");
    const { id, name, host, createdAt, sources } = agent;
    return c.json({ id, name, host, createdAt, sources } satisfies Agent, 200);
  };

/**
 * Writes the job's id into each agent that the job names, so that an agent's requests need no search for
 * jobs. It runs after the job's marker is written and before the job exists: what a crash leaves counts as
 * ended as soon as the marker is gone.
 */
export async function nameAgents(service: Service, jobId: string, agents: string[]): Promise<void> {
  await Promise.all(
    agents.map((agent) =>
      changeJobs(service, agent, (jobs) => (jobs.includes(jobId) ? jobs : [...jobs, jobId])),
    ),
  );
}

/** What the jobs that name an agent need of it now. Jobs that have ended are removed from the agent. */
export async function needOf(
  service: Service,
  { id, jobs }: AgentObject,
): Promise<{ isAwaited: boolean; isRunning: boolean }> {
  const found = await atOnce(REQUESTS_AT_ONCE, jobs, async (job) => ({
    job,
    state: await stateOf(service, job),
  }));
  const over = found.filter(({ state }) => state === null).map(({ job }) => job);
  if (over.length > 0) await changeJobs(service, id, (now) => now.filter((job) => !over.includes(job)));
  const states = found.map(({ state }) => state);
  return {
    isAwaited: states.includes("reporting"),
    isRunning: states.some((state) => state !== null && state !== "queued"),
  };
}

/** The state of a job. It is null when the job has ended or never existed. */
async function stateOf(service: Service, job: string): Promise<JobState | null> {
  const status = await readObject(service.data, keys.status(job), StatusObject);
  if (status !== null) return hasEnded(status.state) ? null : status.state;
  return (await service.data.get(keys.open(job))) === null ? null : "queued";
}

async function changeJobs(
  service: Service,
  agent: string,
  change: (jobs: string[]) => string[],
): Promise<void> {
  const key = keys.agent(agent);
  for (let turn = 0; turn < CHANGE_TRIES; turn++) {
    const { before, write } = await objectToChange(service.data, key, AgentObject);
    if (before === null) throw new Error(`${key} is gone`);
    const jobs = change(before.jobs);
    if (jobs.length === before.jobs.length || (await write({ ...before, jobs }))) return;
  }
  throw new Error(`${key} changed ${CHANGE_TRIES} times while it was written`);
}

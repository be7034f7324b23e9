import { sealedText } from "@brimline/core/job/spec/endpoint-secrets";
import type { JobSpec } from "@brimline/core/job/spec/spec";
import { dueTimes, type Timing } from "@brimline/core/job/schedule";
import { Secret } from "@brimline/core/secret";
import { atOnce, REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import type { Context } from "hono";
import type { z } from "zod";
import { createObject, putObject, readObject } from "../objects/object.ts";
import { ScheduleObject, type ScheduleSecrets, ScheduleState, STOPPED } from "../objects/schedule.ts";
import type { Service } from "../service.ts";
import { isOwn } from "../objects/access.ts";
import { type Caller, callerOf, callerOfMade } from "./door/auth.ts";
import { ADMIN } from "../objects/caller.ts";
import { readBody } from "./door/body.ts";
import { bodyFingerprint, jobIdOf } from "./id.ts";
import { idempotencyKeyOf, inFlightError, mismatchError } from "./job/admission.ts";
import { judgeSpec } from "./job/judge-spec.ts";
import { refuse } from "./job/refuse.ts";
import { idParam } from "./door/param.ts";
import type { Ports } from "./ports.ts";
import { RequestError } from "./door/problem.ts";
import { type Schedule, type ScheduleList, ScheduleRequest } from "./openapi/schemas.ts";

/** The most of one caller. All of them are read for their list. */
const SCHEDULES_MAX = 100;
const NEXT_SHOWN = 3;

/**
 * `POST /v1/schedules` makes a schedule: a job that the sweep submits whenever it is due. The job is judged now, and
 * again at each run, when its baseline is looked for too. Its secrets are sealed as long as there is the schedule.
 */
export function addSchedule(service: Service, ports: Ports) {
  const inFlight = new Set<string>();
  return async (c: Context): Promise<Response> => {
    const { value, bytes } = await readBody(c, ScheduleRequest);
    const caller = await callerOf(service, c);
    // The id follows from the Idempotency-Key, apart from those of jobs, so that a retry makes no second schedule.
    const space = caller.id === ADMIN ? "schedules" : `schedules of ${caller.id}`;
    const id = jobIdOf(service.idKey, space, idempotencyKeyOf(c));
    if (inFlight.has(id)) throw inFlightError();
    inFlight.add(id);
    try {
      const requestSha256 = bodyFingerprint(service.idKey, bytes);
      const before = await readObject(service.data, keys.schedule(id), ScheduleObject);
      if (before !== null && before.requestSha256 !== requestSha256) throw mismatchError("schedule");
      if (before === null) await makeSchedule(service, ports, { id, caller, requestSha256, value });
      return c.json(await stored(service, caller, id), 201, {
        location: `${service.config.publicUrl}/v1/schedules/${id}`,
      });
    } finally {
      inFlight.delete(id);
    }
  };
}

async function makeSchedule(
  service: Service,
  ports: Ports,
  {
    id,
    caller,
    requestSha256,
    value,
  }: { id: string; caller: Caller; requestSha256: string; value: z.output<typeof ScheduleRequest> },
): Promise<void> {
  const { name, cron, timeZone, job: request } = value;
  const { data, sealer } = service;
  const made = await atOnce(REQUESTS_AT_ONCE, await idsOf(service), (each) =>
    readObject(data, keys.schedule(each), ScheduleObject),
  );
  if (made.filter((each) => each?.caller === caller.id).length >= SCHEDULES_MAX)
    throw new RequestError("conflict", `You have ${SCHEDULES_MAX} schedules. Delete one first.`);
  const { spec, secrets } = judgeSpec(service, id, request);
  refuse(ports, caller, spec);
  const webhookSecret = request.webhook?.secret ?? null;
  const hasSecrets = sealedText(secrets) !== null || webhookSecret !== null;
  if (hasSecrets) {
    const sealed: ScheduleSecrets = { endpoint: request.endpoint, webhookSecret };
    const text = new Secret(JSON.stringify(sealed));
    await data.put(keys.scheduleSecrets(id), sealer.seal(id, "endpoint", text));
  }
  const { seed: _seed, ...job } = spec;
  const schedule: ScheduleObject = {
    schema: "brimline.schedule/1",
    id,
    caller: caller.id,
    ...(caller.holder !== caller.id && { holder: caller.holder }),
    requestSha256,
    name: name ?? spec.name ?? spec.endpoint.model,
    timing: { cron, timeZone },
    job: { ...job, ...(request.seed !== undefined && { seed: request.seed }) },
    hasSecrets,
    createdAt: new Date(service.now()).toISOString(),
  };
  const [next = null] = dueTimes(schedule.timing, service.now(), 1);
  const state: ScheduleState = {
    schema: "brimline.schedule-state/1",
    nextAt: next === null ? null : new Date(next).toISOString(),
    last: null,
    missed: [],
  };
  await putObject(data, keys.scheduleState(id), state);
  if (next !== null) await putObject(data, keys.due(next, id), { id });
  // This write decides. What a crash leaves before it goes when its mark is due.
  await createObject(data, keys.schedule(id), schedule);
}

/** `GET /v1/schedules` lists the schedules, those that are due next first. */
export const listSchedules =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const schedules = (await schedulesOf(service, await callerOf(service, c))).toSorted((a, b) =>
      (a.next[0] ?? "9") < (b.next[0] ?? "9") ? -1 : 1,
    );
    return c.json({ schedules } satisfies ScheduleList, 200, { "cache-control": "no-cache" });
  };

/** `GET /v1/schedules/{id}` answers one. */
export const readSchedule =
  (service: Service) =>
  async (c: Context): Promise<Response> =>
    c.json(await stored(service, await callerOf(service, c), idParam(c)), 200, {
      "cache-control": "no-cache",
    });

/** `DELETE /v1/schedules/{id}` ends a schedule. A run of it that has begun goes on. */
export const removeSchedule =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const { id } = await stored(service, await callerOf(service, c), idParam(c));
    // The schedule goes first. The sweep drops the rest when its mark is due, if a crash leaves it.
    for (const key of [keys.schedule(id), keys.scheduleSecrets(id), keys.scheduleState(id)])
      await service.data.remove(key);
    return c.body(null, 204);
  };

async function idsOf({ data }: Service): Promise<string[]> {
  const ids: string[] = [];
  for await (const key of listAll(data, keys.schedulesPrefix)) {
    const id = key.split("/")[1] ?? "";
    if (key === keys.schedule(id)) ids.push(id);
  }
  return ids;
}

async function schedulesOf(service: Service, caller: Caller): Promise<Schedule[]> {
  const found = await atOnce(REQUESTS_AT_ONCE, await idsOf(service), (id) => find(service, caller, id));
  return found.filter((schedule) => schedule !== null);
}

async function stored(service: Service, caller: Caller, id: string): Promise<Schedule> {
  const schedule = await find(service, caller, id);
  if (schedule === null) throw new RequestError("not_found", "There is no schedule with this id.");
  return schedule;
}

/** The schedule with this id, if it is the caller's. */
async function find(service: Service, caller: Caller, id: string): Promise<Schedule | null> {
  const [schedule, state] = await Promise.all([
    readObject(service.data, keys.schedule(id), ScheduleObject),
    readObject(service.data, keys.scheduleState(id), ScheduleState),
  ]);
  if (schedule === null || state === null || !isOwn(caller.id, schedule.caller)) return null;
  return viewOf(service, schedule, state);
}

async function viewOf(
  service: Service,
  schedule: ScheduleObject,
  { nextAt, last, missed }: ScheduleState,
): Promise<Schedule> {
  const { id, name, timing, job, createdAt } = schedule;
  const hasStopped = (await callerOfMade(service, schedule)) === null;
  return {
    id,
    name,
    ...timing,
    job: withoutHook(job),
    next: hasStopped ? [] : nextOf(service, timing, nextAt),
    stopped: hasStopped ? STOPPED : null,
    last,
    missed,
    createdAt,
  };
}

/** What the state says, since a clock that was set back does not make a time due again. */
function nextOf(service: Service, timing: Timing, nextAt: string | null): string[] {
  if (nextAt === null) return [];
  const after = Math.max(service.now(), Date.parse(nextAt) - 1);
  return dueTimes(timing, after, NEXT_SHOWN).map((time) => new Date(time).toISOString());
}

/** The job without the path of its webhook: whoever knows the URL of a chat's may post there. */
const withoutHook = ({ webhook, ...job }: JobSpec): JobSpec =>
  webhook === undefined
    ? job
    : { ...job, webhook: { ...webhook, url: `${new URL(webhook.url).origin}/[secret]` } };

import { BrimlineError } from "@brimline/core/error";
import { keys } from "@brimline/store/keys";
import { type ScheduleObject, ScheduleSecrets, STOPPED } from "../objects/schedule.ts";
import type { Service } from "../service.ts";
import type { Admission } from "./job/admission.ts";
import { callerOfMade } from "./door/auth.ts";
import { check } from "./door/body.ts";
import { jobIdOf } from "./id.ts";
import { RequestError } from "./door/problem.ts";
import { JobRequestBody } from "./openapi/schemas.ts";

/** How the sweep submits the jobs of schedules: through the door of all jobs, with a key for each due time. */
export function submitDue(service: Service, { take }: Pick<Admission, "take">) {
  const keyOf = (schedule: string, dueUnixMs: number): string => `schedule ${schedule} ${dueUnixMs}`;
  return {
    jobOf: ({ id, caller }: ScheduleObject, dueUnixMs: number): string =>
      jobIdOf(service.idKey, caller, keyOf(id, dueUnixMs)),
    async submit(schedule: ScheduleObject, dueUnixMs: number): Promise<string | null> {
      const key = keyOf(schedule.id, dueUnixMs);
      const caller = await callerOfMade(service, schedule);
      if (caller === null) return STOPPED;
      try {
        await take(caller, key, { request: () => requestOf(service, schedule), bytes: Buffer.from(key) });
        return null;
      } catch (error) {
        if (error instanceof RequestError)
          return [error.message, ...error.errors.map(({ detail }) => detail)].join(" ");
        if (error instanceof BrimlineError && error.code === "secret_unavailable") return error.message;
        throw error;
      }
    },
  };
}

async function requestOf({ data, sealer }: Service, { id, job, hasSecrets }: ScheduleObject) {
  if (!hasSecrets) return check(JobRequestBody, job);
  const sealed = await data.get(keys.scheduleSecrets(id));
  if (sealed === null)
    throw new BrimlineError("secret_unavailable", "the schedule's secrets are gone: make it anew");
  const { endpoint, webhookSecret } = ScheduleSecrets.parse(
    JSON.parse(sealer.open(id, "endpoint", sealed.body).reveal()),
  );
  const webhook = job.webhook === undefined ? {} : { webhook: { ...job.webhook, secret: webhookSecret } };
  return check(JobRequestBody, { ...job, endpoint, ...webhook });
}

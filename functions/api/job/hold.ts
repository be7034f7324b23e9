import { allow, type Held } from "@brimline/core/job/allowance";
import type { JobSpec } from "@brimline/core/job/spec/spec";
import { keys } from "@brimline/store/keys";
import { AccountObject, type HeldObject, settled, takenBy } from "../../objects/account.ts";
import { ADMIN } from "../../objects/caller.ts";
import { objectToChange, readObject } from "../../objects/object.ts";
import type { Service } from "../../service.ts";
import type { Caller } from "../door/auth.ts";
import { invalid } from "../door/body.ts";
import { RequestError } from "../door/problem.ts";

/** The number of times that an account is written. Of concurrent submissions of one caller, one succeeds at each try. */
const TRIES = 50;
const RETRY_OPEN_S = 30;

/**
 * Holds for a job what it may take of its caller's limits, before anything of the job exists, and answers the job with
 * limits that keep it there. A repeated submission holds it once. It throws RequestError `limit_reached` when too little
 * is left. The admin has no limits.
 */
export async function hold(service: Service, caller: Caller, id: string, spec: JobSpec): Promise<JobSpec> {
  if (caller.id === ADMIN) return spec;
  let kept = spec;
  await changeAccount(service, caller.id, (jobs) => {
    const others = jobs.filter(({ job }) => job !== id);
    const allowed = allow(spec, caller.limits, takenBy(service, others));
    if ("errors" in allowed) throw invalid(allowed.errors);
    if ("refused" in allowed)
      throw new RequestError("limit_reached", allowed.refused, {
        headers: {
          "retry-after": String(allowed.until === "job_end" ? RETRY_OPEN_S : secondsToNextDay(service)),
        },
      });
    kept = allowed.spec;
    return [...others, entryOf(service, id, allowed.held)];
  });
  return kept;
}

/** Gives back what was held for a submission that was refused after all. */
export async function letGo(service: Service, caller: Caller, id: string): Promise<void> {
  if (caller.id === ADMIN) return;
  await changeAccount(service, caller.id, (jobs) => jobs.filter(({ job }) => job !== id));
}

const entryOf = (service: Service, job: string, held: Held): HeldObject => ({
  job,
  at: new Date(service.now()).toISOString(),
  ...held,
  isOpen: true,
});

/** What a caller's jobs hold now. */
export async function heldBy(service: Service, caller: Caller): Promise<HeldObject[]> {
  const account = await readObject(service.data, keys.account(caller.id), AccountObject);
  return account === null ? [] : settled(service, account);
}

async function changeAccount(
  service: Service,
  caller: string,
  change: (jobs: HeldObject[]) => HeldObject[],
): Promise<void> {
  const key = keys.account(caller);
  for (let turn = 0; turn < TRIES; turn++) {
    const { before, write } = await objectToChange(service.data, key, AccountObject);
    const jobs = change(before === null ? [] : await settled(service, before));
    if (await write({ schema: "brimline.account/1", jobs })) return;
  }
  throw new Error(`${key} changed ${TRIES} times while it was written`);
}

export const nextDayUnixMs = (nowUnixMs: number): number => (Math.floor(nowUnixMs / DAY_MS) + 1) * DAY_MS;
const DAY_MS = 86_400_000;

const secondsToNextDay = (service: Service): number =>
  Math.max(1, Math.ceil((nextDayUnixMs(service.now()) - service.now()) / 1000));

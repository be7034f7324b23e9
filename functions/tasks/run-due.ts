import { decideDue, type Missed, MISSED_MAX, missedOf } from "@brimline/core/job/schedule";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import { putObject, readObject } from "../objects/object.ts";
import { ScheduleObject, ScheduleState } from "../objects/schedule.ts";
import type { LogError } from "../log.ts";
import type { Service } from "../service.ts";

/** How a schedule's job is submitted. */
export interface DuePorts {
  /** The id of the job of a due time, which is the same at every try. */
  jobOf(schedule: ScheduleObject, dueUnixMs: number): string;
  /** Submits that job, once. The answer is why it was refused, or null. */
  submit(schedule: ScheduleObject, dueUnixMs: number): Promise<string | null>;
}

/** A mark that has been due for so long and has no schedule was left by a crash, or by one that was deleted. */
const UNMADE_MS = 60_000;

interface Due {
  key: string;
  id: string;
  unixMs: number;
}

/** Takes up the schedules that are due. It lists their marks up to now and no schedule that is not due. */
export async function runDue(service: Service, ports: DuePorts, logError: LogError): Promise<void> {
  for await (const key of listAll(service.data, keys.duePrefix)) {
    const [unixMs = "", id = ""] = key.slice(keys.duePrefix.length).split("-");
    if (Number(unixMs) > service.now()) return;
    await takeUp(service, ports, { key, id, unixMs: Number(unixMs) }).catch((error: unknown) =>
      logError(error, { schedule: id }),
    );
  }
}

/**
 * Runs one schedule, or says what it missed, and marks its next time. Cut anywhere it is taken up again: the job of a
 * due time is made once, and the old mark goes last.
 */
async function takeUp(service: Service, ports: DuePorts, due: Due): Promise<void> {
  const { data } = service;
  const [schedule, state] = await Promise.all([
    readObject(data, keys.schedule(due.id), ScheduleObject),
    readObject(data, keys.scheduleState(due.id), ScheduleState),
  ]);
  if (schedule === null || state === null) {
    // A request writes the schedule right after its mark, which may be due by then.
    if (service.now() - due.unixMs > UNMADE_MS) await dropSchedule(service, due);
    return;
  }
  const isDone = state.nextAt === null || Date.parse(state.nextAt) > due.unixMs;
  if (!isDone) {
    const isRunning = state.last !== null && (await data.get(keys.open(state.last.job))) !== null;
    const decided = decideDue(schedule.timing, {
      dueUnixMs: due.unixMs,
      nowUnixMs: service.now(),
      isRunning,
    });
    const missed: Missed[] = [];
    const submit = async (unixMs: number): Promise<void> => {
      const refused = await ports.submit(schedule, unixMs);
      if (refused !== null) missed.push(missedOf(unixMs, refused));
      else state.last = { at: new Date(unixMs).toISOString(), job: ports.jobOf(schedule, unixMs) };
    };
    for (const each of decided.missed) {
      const unixMs = Date.parse(each.at);
      const job = await data.get(keys.spec(ports.jobOf(schedule, unixMs)));
      // A crash may have come after the job was made and before all was said of it. Submitted again it is whole.
      if (job === null) missed.push(each);
      else await submit(unixMs);
    }
    if (decided.run !== null) await submit(decided.run);
    state.missed = [...state.missed, ...missed].slice(-MISSED_MAX);
    state.nextAt = decided.next === null ? null : new Date(decided.next).toISOString();
  }
  if (state.nextAt !== null)
    await putObject(data, keys.due(Date.parse(state.nextAt), due.id), { id: due.id });
  // A schedule that was deleted meanwhile leaves nothing.
  if ((await data.get(keys.schedule(due.id))) === null) return dropSchedule(service, due);
  if (!isDone) await putObject(data, keys.scheduleState(due.id), state);
  await data.remove(due.key);
}

/** Removes what is left of a schedule that was deleted, or never made whole. */
async function dropSchedule({ data }: Service, { key, id }: Due): Promise<void> {
  for (const left of [keys.scheduleSecrets(id), keys.scheduleState(id), key]) await data.remove(left);
}

import { atOnce, REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import { ADMIN } from "../objects/caller.ts";
import { createObject, objectToChange, readObject } from "../objects/object.ts";
import { MonthObject, NO_USAGE, UsageMark, usageSum } from "../objects/usage.ts";
import type { Service } from "../service.ts";

/**
 * Adds what these marked jobs used to their months, and to those of their callers, once, wherever it is cut: a month names the jobs whose marks may
 * still be there, and a job that is counted says so itself before its mark goes.
 */
export async function countUsage(service: Service, marked: string[]): Promise<void> {
  const { data } = service;
  const found = await atOnce(REQUESTS_AT_ONCE, marked, async (id) => {
    const [mark, counted] = await Promise.all([
      readObject(data, keys.toCount(id), UsageMark),
      data.get(keys.counted(id)),
    ]);
    return mark === null ? [] : [{ id, mark, isCounted: counted !== null }];
  });
  const all = found.flat();
  const open = all.filter(({ isCounted }) => !isCounted);
  for (const [month, jobs] of Map.groupBy(open, ({ mark }) => mark.day.slice(0, "2026-11".length)))
    await addToMonth(service, keys.usage(month), jobs, new Set(marked));
  // The admin's own would be those of all.
  const others = open.filter(({ mark }) => mark.caller !== ADMIN);
  const ofCallers = Map.groupBy(others, ({ mark }) =>
    keys.usage(mark.day.slice(0, "2026-11".length), mark.caller),
  );
  for (const [key, jobs] of ofCallers) await addToMonth(service, key, jobs, new Set(marked));
  await atOnce(REQUESTS_AT_ONCE, all, async ({ id, mark, isCounted }) => {
    if (!isCounted) await createObject(data, keys.counted(id), mark);
    await data.remove(keys.toCount(id));
  });
}

async function addToMonth(
  { data }: Service,
  key: string,
  jobs: { id: string; mark: UsageMark }[],
  marked: Set<string>,
): Promise<void> {
  const { before, write } = await objectToChange(data, key, MonthObject);
  const { days, counted }: Pick<MonthObject, "days" | "counted"> = before ?? { days: {}, counted: [] };
  const fresh = jobs.filter(({ id }) => !counted.includes(id));
  if (fresh.length === 0) return;
  const sums = { ...days };
  for (const { mark } of fresh) sums[mark.day] = usageSum(sums[mark.day] ?? NO_USAGE, mark.used);
  const isWritten = await write({
    schema: "brimline.usage/1",
    days: sums,
    counted: [...counted.filter((id) => marked.has(id)), ...fresh.map(({ id }) => id)],
  });
  // Another sweep counts at the same time. The marks stay, and the next one finds what is left.
  if (!isWritten) throw new Error(`${key} was written by another sweep`);
}

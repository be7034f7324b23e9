import { keys } from "@brimline/store/keys";
import { swept } from "@brimline/testkit/functions/listed";
import { type Testbed, testbed } from "@brimline/testkit/functions/testbed";
import { expect, test } from "vitest";
import { putObject } from "../objects/object.ts";
import type { Usage } from "../objects/usage.ts";

const NO_LIMITS = { requests: null, outputTokens: null, usd: null, until: "2026-05-02T00:00:00.000Z" };
const ONE: Usage = { jobs: 1, requests: 100, outputTokens: 1000, usd: 0.5, jobsWithoutPrice: 0 };

const mark = ({ service }: Testbed, id: string, day: string, used: Partial<Usage> = {}): Promise<void> =>
  putObject(service.data, keys.toCount(id), {
    schema: "brimline.usage-mark/1",
    day,
    caller: "team",
    used: { ...ONE, ...used },
  });
const usage = async ({ send }: Testbed, query = ""): Promise<unknown> =>
  (await send("GET", `/v1/usage${query}`)).json;

test("what jobs used is added up by day and month, the newest first", async () => {
  const bed = await testbed();
  expect(await usage(bed)).toEqual({ months: [], open: { jobs: 0, most: 100 }, left: NO_LIMITS });
  await mark(bed, "a", "2026-10-31");
  await mark(bed, "b", "2026-11-01", { usd: 0, jobsWithoutPrice: 1 });
  await mark(bed, "c", "2026-11-02");
  await swept(bed.service);
  await mark(bed, "d", "2026-11-02");
  await swept(bed.service);
  expect(await usage(bed)).toMatchObject({
    months: [
      {
        month: "2026-11",
        jobs: 3,
        requests: 300,
        outputTokens: 3000,
        usd: 1,
        jobsWithoutPrice: 1,
        days: [
          { day: "2026-11-02", jobs: 2, usd: 1 },
          { day: "2026-11-01", jobs: 1, jobsWithoutPrice: 1 },
        ],
      },
      { month: "2026-10", jobs: 1 },
    ],
  });
  expect(await usage(bed, "?months=1")).toMatchObject({ months: [{ month: "2026-11" }] });
  expect([...(await bed.objects()).keys()].filter((key) => key.startsWith("changed/"))).toEqual([]);
});

test("a job is counted once, wherever the counting is cut and however often its end is marked", async () => {
  const bed = await testbed();
  const { data } = bed.service;
  const whole = { ...data };
  // Each write and each removal is cut once, before it and after it.
  for (const [nth, { call, after }] of [
    { call: "create", after: false },
    { call: "create", after: true },
    { call: "replace", after: false },
    { call: "replace", after: true },
    { call: "remove", after: false },
    { call: "remove", after: true },
  ].entries()) {
    const id = `job${nth}`;
    await mark(bed, id, "2026-11-02");
    const act = whole[call as "remove"].bind(whole);
    data[call as "remove"] = async (key, ...rest: []) => {
      if (after) await act(key, ...rest);
      throw new Error("cut");
    };
    await swept(bed.service).catch(() => {});
    data[call as "remove"] = act;
    await swept(bed.service);
    // An end that is repeated after a crash marks the job again, when its month has forgotten it.
    await mark(bed, `other${nth}`, "2026-11-02");
    await swept(bed.service);
    await mark(bed, id, "2026-11-02");
    await swept(bed.service);
    expect(await usage(bed)).toMatchObject({ months: [{ jobs: 2 * (nth + 1) }] });
    // The month of the jobs' caller counts the same.
    const [all, own] = ["usage/2026-11.json", "callers/team/usage/2026-11.json"];
    const objects = await bed.objects();
    expect(objects.get(own)).toBe(objects.get(all));
  }
});

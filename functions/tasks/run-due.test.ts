import { Report } from "@brimline/core/report/schema";
import { keys } from "@brimline/store/keys";
import { endedJob, swept } from "@brimline/testkit/functions/listed";
import { JOB, pointersOf, type Testbed, testbed, typeOf } from "@brimline/testkit/functions/testbed";
import { describe, expect, test } from "vitest";
import { closeJob } from "../job/job-end.ts";
import { specOf } from "../objects/spec.ts";

const at = (text: string): number => Date.parse(text);
const NIGHTLY = { cron: "30 2 * * *", timeZone: "Europe/Berlin", job: { ...JOB, tags: ["nightly"] } };
const HOOK = { url: "https://example.com/hook", secret: `whsec_${"A".repeat(32)}` };

/** A bed in which it is this time. */
async function bedAt(time: string): Promise<Testbed> {
  const bed = await testbed();
  bed.service.now = () => at(time);
  return bed;
}
async function sweptAt(bed: Testbed, time: string): Promise<void> {
  bed.service.now = () => at(time);
  await swept(bed.service);
}
const add = async (bed: Testbed, more: object = {}): Promise<string> =>
  String((await bed.send("POST", "/v1/schedules", { ...NIGHTLY, ...more })).json?.["id"]);
const read = async (bed: Testbed, id: string): Promise<Record<string, unknown>> =>
  (await bed.send("GET", `/v1/schedules/${id}`)).json ?? {};
async function jobsOf(bed: Testbed): Promise<string[]> {
  const { jobs } = (await bed.send("GET", "/v1/jobs")).json as { jobs: { id: string }[] };
  return jobs.map(({ id }) => id);
}

describe("a schedule", () => {
  test("says when it is due next, and makes its job then, once", async () => {
    const bed = await bedAt("2026-05-01T12:00:00Z");
    const id = await add(bed, { name: "Nightly" });
    expect(await read(bed, id)).toMatchObject({
      name: "Nightly",
      cron: "30 2 * * *",
      timeZone: "Europe/Berlin",
      next: ["2026-05-02T00:30:00.000Z", "2026-05-03T00:30:00.000Z", "2026-05-04T00:30:00.000Z"],
      last: null,
      missed: [],
    });
    await sweptAt(bed, "2026-05-02T00:29:59Z");
    expect(await jobsOf(bed)).toEqual([]);
    await sweptAt(bed, "2026-05-02T00:30:01Z");
    await sweptAt(bed, "2026-05-02T00:30:03Z");
    const [job, ...others] = await jobsOf(bed);
    expect(others).toEqual([]);
    expect(await read(bed, id)).toMatchObject({
      last: { at: "2026-05-02T00:30:00.000Z", job },
      next: ["2026-05-03T00:30:00.000Z", expect.anything(), expect.anything()],
      missed: [],
    });
    expect((await bed.send("GET", "/v1/jobs?tag=nightly")).json?.["jobs"]).toMatchObject([{ id: job }]);
  });

  test("runs on the day of a clock change at the time of its zone", async () => {
    const bed = await bedAt("2026-10-24T12:00:00Z");
    const id = await add(bed);
    for (const time of ["2026-10-25T00:30:05Z", "2026-10-25T01:30:05Z", "2026-10-26T01:30:05Z"]) {
      await sweptAt(bed, time);
      for (const job of await jobsOf(bed)) await closeJob(bed.service, job);
    }
    expect((await jobsOf(bed)).length).toBe(2);
    expect(await read(bed, id)).toMatchObject({ last: { at: "2026-10-26T01:30:00.000Z" }, missed: [] });
  });

  test("after a restart runs what is due within a quarter of an hour, and says what it missed", async () => {
    const bed = await bedAt("2026-05-01T12:00:00Z");
    const id = await add(bed);
    await sweptAt(bed, "2026-05-03T00:44:00Z");
    expect(await read(bed, id)).toMatchObject({
      last: { at: "2026-05-03T00:30:00.000Z" },
      missed: [{ at: "2026-05-02T00:30:00.000Z", why: expect.stringContaining("no service ran") }],
    });
    await closeJob(bed.service, (await jobsOf(bed))[0] ?? "");
    await sweptAt(bed, "2026-05-04T08:00:00Z");
    expect((await jobsOf(bed)).length).toBe(1);
    expect((await read(bed, id))["missed"]).toMatchObject([
      { at: "2026-05-02T00:30:00.000Z" },
      { at: "2026-05-04T00:30:00.000Z" },
    ]);
  });

  test("runs no time twice when the clock of its machine is set back, and says what it missed when it is set forward", async () => {
    const bed = await bedAt("2026-05-01T12:00:00Z");
    const id = await add(bed);
    await sweptAt(bed, "2026-05-02T00:30:00Z");
    await closeJob(bed.service, (await jobsOf(bed))[0] ?? "");
    for (const time of ["2026-05-01T12:00:00Z", "2026-05-02T00:30:00Z"]) await sweptAt(bed, time);
    expect((await jobsOf(bed)).length).toBe(1);
    await sweptAt(bed, "2026-05-05T12:00:00Z");
    await sweptAt(bed, "2026-05-03T00:30:00Z");
    expect((await jobsOf(bed)).length).toBe(1);
    const { missed, next } = await read(bed, id);
    expect((missed as { at: string }[]).map(({ at: time }) => time.slice(0, 10))).toEqual([
      "2026-05-03",
      "2026-05-04",
      "2026-05-05",
    ]);
    // What was said to be missed is not due once more.
    expect((next as string[])[0]).toBe("2026-05-06T00:30:00.000Z");
    await sweptAt(bed, "2026-05-06T00:30:00Z");
    expect((await jobsOf(bed)).length).toBe(2);
  });

  test("runs once at a time", async () => {
    const bed = await bedAt("2026-05-01T12:00:00Z");
    const id = await add(bed, { cron: "0 * * * *", timeZone: "UTC" });
    await sweptAt(bed, "2026-05-01T13:00:00Z");
    await sweptAt(bed, "2026-05-01T14:00:00Z");
    expect((await read(bed, id))["missed"]).toEqual([
      { at: "2026-05-01T14:00:00.000Z", why: "the run before had not ended" },
    ]);
    await closeJob(bed.service, (await jobsOf(bed))[0] ?? "");
    await sweptAt(bed, "2026-05-01T15:00:00Z");
    expect((await jobsOf(bed)).length).toBe(2);
  });

  test("makes one job of a due time, wherever its sweep is cut", { timeout: 60_000 }, async () => {
    for (const call of ["create", "put", "remove"] as const)
      for (let nth = 0, isCut = true; isCut; nth++) {
        const bed = await bedAt("2026-05-01T12:00:00Z");
        const id = await add(bed);
        const { data } = bed.service;
        const whole = { ...data };
        const act = whole[call].bind(whole);
        let calls = 0;
        isCut = false;
        data[call] = (async (...args: Parameters<typeof act>) => {
          if (calls++ === nth) {
            isCut = true;
            throw new Error("cut");
          }
          return (act as (...all: typeof args) => Promise<unknown>)(...args);
        }) as never;
        await sweptAt(bed, "2026-05-02T00:30:00Z").catch(() => {});
        data[call] = act as never;
        // It is up again so late that a job which is not made yet would be missed.
        await sweptAt(bed, "2026-05-02T06:00:00Z");
        const jobs = await jobsOf(bed);
        const { last, missed, next } = await read(bed, id);
        const missedOnce = [{ at: "2026-05-02T00:30:00.000Z", why: expect.anything() }];
        expect([last, missed]).toEqual(
          jobs.length === 1 ? [{ at: "2026-05-02T00:30:00.000Z", job: jobs[0] }, []] : [null, missedOnce],
        );
        expect((next as string[])[0]).toBe("2026-05-03T00:30:00.000Z");
        expect((await data.list(keys.duePrefix)).keys).toEqual([keys.due(at("2026-05-03T00:30:00Z"), id)]);
      }
  });

  test("seals its secrets and gives them to each run", async () => {
    const bed = await bedAt("2026-05-01T12:00:00Z");
    const endpoint = { url: "http://127.0.0.1:8000/v1?token=abc", model: "m", apiKey: "sk-0123456789" };
    const made = await bed.send("POST", "/v1/schedules", {
      ...NIGHTLY,
      job: { endpoint, webhook: HOOK, visibility: "private" },
    });
    await sweptAt(bed, "2026-05-02T00:30:00Z");
    const [job = ""] = await jobsOf(bed);
    const opened = async (purpose: "endpoint" | "webhook", key: string): Promise<string> =>
      bed.service.sealer.open(job, purpose, (await bed.service.data.get(key))?.body ?? Buffer.of()).reveal();
    expect(JSON.parse(await opened("endpoint", keys.secret(job)))).toMatchObject({
      apiKey: endpoint.apiKey,
      query: ["token=abc"],
    });
    expect(await opened("webhook", keys.webhookSecret(job))).toBe(HOOK.secret);
    const shown = made.text + (await bed.send("GET", "/v1/schedules")).text;
    const stored = [...(await bed.objects()).values()].join("\n");
    for (const secret of [endpoint.apiKey, "token=abc", HOOK.secret])
      expect(shown + stored).not.toContain(secret);
  });

  test("compares each run with the newest like one, and asks new requests without one", async () => {
    const bed = await bedAt("2026-04-30T12:00:00Z");
    const before = await endedJob(bed, { tags: ["nightly"] });
    const report = await bed.service.data.get(keys.report(before));
    expect(Report.safeParse(JSON.parse(String(report?.body))).success).toBe(true);
    const status = JSON.parse(String((await bed.service.data.get(keys.status(before)))?.body)) as object;
    await bed.service.data.put(keys.status(before), JSON.stringify({ ...status, hasReport: true }));
    await add(bed, { job: { ...NIGHTLY.job, baseline: "last:nightly" } });
    const first = await add(bed, { job: { ...NIGHTLY.job, baseline: "last:none" } });
    await sweptAt(bed, "2026-05-01T00:30:00Z");
    const specs = await Promise.all(
      (await jobsOf(bed)).filter((id) => id !== before).map((id) => specOf(bed.service, id)),
    );
    expect(new Set(specs.map(({ spec }) => spec.baseline))).toEqual(new Set([before, undefined]));
    const alone = specs.find(({ spec }) => spec.baseline === undefined);
    expect([alone?.spec.seed, (await read(bed, first))["last"]]).toEqual([
      alone?.id,
      expect.objectContaining({ job: alone?.id }),
    ]);
  });

  test("whose job is refused says why, and goes on", async () => {
    const bed = await bedAt("2026-05-01T12:00:00Z");
    const id = await add(bed, { job: { ...JOB, baseline: "a".repeat(20) } });
    await sweptAt(bed, "2026-05-02T00:30:00Z");
    expect(await read(bed, id)).toMatchObject({
      last: null,
      missed: [
        { at: "2026-05-02T00:30:00.000Z", why: expect.stringContaining("must name a job that has a report") },
      ],
      next: ["2026-05-03T00:30:00.000Z", expect.anything(), expect.anything()],
    });
  });

  test("that is deleted makes no job, and leaves nothing once it would have been due", async () => {
    const bed = await bedAt("2026-05-01T12:00:00Z");
    const [id, other] = [await add(bed), await add(bed, { cron: "30 * * * *" })];
    expect((await bed.send("DELETE", `/v1/schedules/${id}`)).status).toBe(204);
    expect((await bed.send("GET", "/v1/schedules")).json).toMatchObject({ schedules: [{ id: other }] });
    expect(typeOf(await bed.send("GET", `/v1/schedules/${id}`))).toBe("not_found");
    await sweptAt(bed, "2026-05-02T00:30:00Z");
    await sweptAt(bed, "2026-05-02T00:31:01Z");
    expect([...(await bed.objects()).keys()].filter((key) => key.includes(id))).toEqual([]);
    expect((await jobsOf(bed)).length).toBe(1);
  });

  test("is one for one Idempotency-Key, whose key is for no other body", async () => {
    const bed = await bedAt("2026-05-01T12:00:00Z");
    const send = (more: object, key = "k") =>
      bed.send("POST", "/v1/schedules", { ...NIGHTLY, ...more }, { "idempotency-key": key });
    const [first, second] = [await send({}), await send({})];
    expect([first.status, second.status, second.json]).toEqual([201, 201, first.json]);
    expect(typeOf(await send({ cron: "@hourly" }))).toBe("idempotency_mismatch");
    expect((await send({}, "other")).json?.["id"]).not.toBe(first.json?.["id"]);
    expect((await bed.send("POST", "/v1/jobs", JOB, { "idempotency-key": "k" })).status).toBe(202);
    expect((await bed.send("GET", "/v1/schedules")).json?.["schedules"]).toHaveLength(2);
  });

  test("that is due while it is made is not taken for what a crash left", async () => {
    const bed = await bedAt("2026-05-02T00:29:59.990Z");
    const create = bed.service.data.create.bind(bed.service.data);
    bed.service.data.create = async (key, body, options) => {
      if (key.startsWith("schedules/")) await sweptAt(bed, "2026-05-02T00:30:00Z");
      return create(key, body, options);
    };
    const id = await add(bed, { job: { ...NIGHTLY.job, webhook: HOOK } });
    await sweptAt(bed, "2026-05-02T00:30:02Z");
    expect(await read(bed, id)).toMatchObject({ last: { at: "2026-05-02T00:30:00.000Z" }, missed: [] });
  });

  test("does not show the path of its webhook, which lets its holder post to a chat", async () => {
    const bed = await bedAt("2026-05-01T12:00:00Z");
    const url = "https://hooks.example.com/services/T00/B00/xyz?sig=abc";
    const id = await add(bed, { job: { ...JOB, webhook: { ...HOOK, url, format: "slack" } } });
    expect(await read(bed, id)).toMatchObject({
      job: { webhook: { url: "https://hooks.example.com/[secret]", format: "slack" } },
    });
    await sweptAt(bed, "2026-05-02T02:30:00Z");
    await sweptAt(bed, "2026-05-03T00:30:00Z");
    const [job = ""] = await jobsOf(bed);
    expect((await specOf(bed.service, job)).spec.webhook?.url).toBe(url);
  });

  test.each<[string, object, string[]]>([
    ["a cron expression that is none", { cron: "often" }, ["/cron"]],
    ["a zone that is none", { timeZone: "Mars/Base" }, ["/timeZone"]],
    ["a job that is none", { job: { endpoint: { url: "x" } } }, ["/job/endpoint/model"]],
  ])("with %s is refused", async (_, more, pointers) => {
    const bed = await testbed();
    const sent = await bed.send("POST", "/v1/schedules", { ...NIGHTLY, ...more });
    expect([sent.status, pointersOf(sent)]).toEqual([422, pointers]);
  });
});

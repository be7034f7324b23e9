import { spokenVerdict } from "@brimline/core/job/state/verdict";
import { expect, test, describe } from "vitest";
import { listByFacet } from "../../objects/job-lists.ts";
import { type ProgressObject } from "../../objects/progress.ts";
import { putObject } from "../../objects/object.ts";
import { specOf } from "../../objects/spec.ts";
import { type StatusObject } from "../../objects/status.ts";
import { JOB, NOW_MS, type Testbed, testbed, typeOf } from "@brimline/testkit/functions/testbed";

const submit = async ({ send }: Testbed, more: object = {}): Promise<string> =>
  String((await send("POST", "/v1/jobs", { ...JOB, ...more })).json?.["id"]);

const RUNNING: StatusObject = {
  schema: "brimline.status/1",
  state: "running",
  startedAt: "2026-05-01T12:00:01.000Z",
  finishedAt: null,
  levelId: "l02",
  repeat: 0,
  load: { kind: "concurrency", users: 50 },
  endsAt: "2026-05-01T12:01:00.000Z",
  levelsDone: 1,
  ended: [],
  levels: 2,
  problem: null,
  verdict: null,
  comparison: null,
  hasReport: false,
  hasPage: false,
  hasComparison: false,
};
const setStatus = ({ service }: Testbed, id: string, status: Partial<StatusObject>): Promise<void> =>
  putObject(service.data, `jobs/${id}/status.json`, { ...RUNNING, ...status });
const setProgress = ({ service }: Testbed, key: string, progress: Partial<ProgressObject>): Promise<void> =>
  putObject(service.data, `progress/${key}.json`, {
    schema: "brimline.progress/1",
    attempt: 1,
    repeat: 0,
    inFlight: 0,
    ok: 0,
    failed: 0,
    errors: {},
    outputTokens: 0,
    outputTokensPerS: null,
    ...progress,
  } satisfies ProgressObject);

describe("a job", () => {
  test("has the verdict of its status, and none where that was written before there was one", async () => {
    const bed = await testbed();
    const id = await submit(bed);
    const verdict = { ...spokenVerdict("40 users missed it."), status: "missed" as const };
    await setStatus(bed, id, { state: "completed", verdict });
    expect((await bed.send("GET", `/v1/jobs/${id}`)).json).toMatchObject({ verdict });
    const { verdict: _, ...before } = RUNNING;
    await putObject(bed.service.data, `jobs/${id}/status.json`, { ...before, state: "completed" });
    expect((await bed.send("GET", `/v1/jobs/${id}`)).json).toMatchObject({ verdict: null });
  });

  test("shows the running level, summed over its shards", async () => {
    const bed = await testbed();
    const id = await submit(bed);
    await setStatus(bed, id, {});
    await setProgress(bed, `${id}/l02/000`, { inFlight: 25, ok: 100, failed: 1, outputTokensPerS: 1000 });
    await setProgress(bed, `${id}/l02/001`, { inFlight: 24, ok: 90, failed: 2, outputTokensPerS: null });
    await setProgress(bed, `${id}/l01/000`, { inFlight: 10, ok: 7777 });
    const { json } = await bed.send("GET", `/v1/jobs/${id}`);
    expect(json).toMatchObject({
      state: "running",
      startedAt: "2026-05-01T12:00:01.000Z",
      progress: {
        levelId: "l02",
        levelsDone: 1,
        levels: 2,
        inFlight: 49,
        ok: 190,
        failed: 3,
        outputTokensPerS: 1000,
        load: { kind: "concurrency", users: 50 },
      },
    });
  });

  test("shows nothing of an earlier run of its level", async () => {
    const bed = await testbed();
    const id = await submit(bed);
    await setStatus(bed, id, { repeat: 1 });
    await setProgress(bed, `${id}/l02/000`, { repeat: 0, ok: 900, inFlight: 6 });
    expect((await bed.send("GET", `/v1/jobs/${id}`)).json).toMatchObject({
      progress: { ok: 0, inFlight: 0 },
    });
  });

  test("leaves out shards of an earlier attempt", async () => {
    const bed = await testbed();
    const id = await submit(bed);
    await setStatus(bed, id, {});
    await setProgress(bed, `${id}/l02/000`, { attempt: 2, ok: 5 });
    await setProgress(bed, `${id}/l02/001`, { attempt: 1, ok: 900 });
    expect((await bed.send("GET", `/v1/jobs/${id}`)).json).toMatchObject({ progress: { ok: 5 } });
  });

  test("shows what its preflight waits for, and nothing of it once it runs", async () => {
    const bed = await testbed();
    const id = await submit(bed);
    const waiting = {
      waitsFor: "endpoint",
      since: "2026-05-01T12:00:01.000Z",
      until: "2026-05-01T12:10:01.000Z",
      said: "503: Loading model",
    };
    await putObject(bed.service.data, `jobs/${id}/preflight.tries.json`, {
      schema: "brimline.preflight-tries/1",
      sent: 4,
      uncounted: 4,
      waiting,
    });
    const shown = async (state: StatusObject["state"]): Promise<unknown> => {
      await setStatus(bed, id, { state });
      return (await bed.send("GET", `/v1/jobs/${id}`)).json?.["progress"];
    };
    expect(await shown("preflight")).toMatchObject({ waiting });
    expect(await shown("running")).toMatchObject({ waiting: null });
  });

  test("links its report and pages once they exist, and says why it failed", async () => {
    const bed = await testbed();
    const id = await submit(bed);
    const problem = {
      code: "endpoint_down" as const,
      title: "The endpoint died",
      detail: "Look at its log.",
    };
    await setStatus(bed, id, {
      state: "partial",
      finishedAt: "2026-05-01T12:02:00.000Z",
      hasReport: true,
      hasPage: true,
      hasComparison: true,
      problem,
    });
    const { json } = await bed.send("GET", `/v1/jobs/${id}`);
    const self = `http://127.0.0.1:4870/v1/jobs/${id}`;
    expect(json?.["links"]).toEqual({
      self,
      events: `${self}/events`,
      cancel: `${self}/cancel`,
      report: `${self}/report`,
      page: `http://127.0.0.1:4870/r/${id}/`,
      comparison: `http://127.0.0.1:4870/c/${id}/`,
    });
    expect(json?.["problem"]).toEqual(problem);
  });

  test("is 304 while it has not changed, and 200 when it has", async () => {
    const bed = await testbed();
    const id = await submit(bed);
    const etag = (await bed.send("GET", `/v1/jobs/${id}`)).headers.get("etag") ?? "";
    expect((await bed.send("GET", `/v1/jobs/${id}`, undefined, { "if-none-match": etag })).status).toBe(304);
    await setStatus(bed, id, {});
    expect((await bed.send("GET", `/v1/jobs/${id}`, undefined, { "if-none-match": etag })).status).toBe(200);
  });

  test("has its report as aggregate wrote it, and a problem until then", async () => {
    const bed = await testbed();
    const id = await submit(bed);
    const missing = await bed.send("GET", `/v1/jobs/${id}/report`);
    expect([missing.status, typeOf(missing), missing.json?.["detail"]]).toEqual([
      404,
      "no_report",
      expect.stringContaining("queued"),
    ]);
    await bed.service.data.create(`jobs/${id}/report.json`, '{"schema":"brimline.report/1" }');
    const report = await bed.send("GET", `/v1/jobs/${id}/report`);
    expect([report.status, report.text, report.headers.get("content-type")]).toEqual([
      200,
      '{"schema":"brimline.report/1" }',
      "application/json",
    ]);
    expect(
      (
        await bed.send("GET", `/v1/jobs/${id}/report`, undefined, {
          "if-none-match": report.headers.get("etag") ?? "",
        })
      ).status,
    ).toBe(304);
    const none = await bed.send("GET", `/v1/jobs/${"b".repeat(20)}/report`);
    expect(typeOf(none)).toBe("not_found");
  });
});

describe("the list of jobs", () => {
  test("is newest first, in parts, each job once", async () => {
    const bed = await testbed();
    const ids: string[] = [];
    for (let second = 0; second < 5; second++) {
      bed.service.now = () => NOW_MS + 1000 * second;
      ids.unshift(await submit(bed));
    }
    const seen: unknown[] = [];
    let next: string | null = "";
    let parts = 0;
    while (next !== null) {
      const { json } = await bed.send("GET", `/v1/jobs?limit=2${next === "" ? "" : `&cursor=${next}`}`);
      for (const job of (json?.["jobs"] ?? []) as { id: string }[]) seen.push(job.id);
      next = json?.["next"] as string | null;
      parts++;
    }
    expect(seen).toEqual(ids);
    expect(parts).toBe(3);
  });

  test("leaves out a job that was removed", async () => {
    const bed = await testbed();
    const [gone, kept] = [await submit(bed), await submit(bed)];
    await bed.service.data.remove(`jobs/${gone}/spec.json`);
    expect((await bed.send("GET", "/v1/jobs")).json?.["jobs"]).toMatchObject([{ id: kept }]);
  });

  describe("that is searched", () => {
    /** Five jobs, a day apart. */
    async function history(): Promise<{ bed: Testbed; ids: string[] }> {
      const bed = await testbed();
      const ids: string[] = [];
      const made = [
        { model: "llama", tags: ["nightly"], name: "Nightly A40" },
        { model: "qwen/a b", tags: ["nightly", "main"] },
        { model: "llama", tags: [] },
        { model: "llama", tags: ["main"] },
        { model: "qwen/a b", tags: ["nightly"] },
      ];
      for (const [day, { model, ...more }] of made.entries()) {
        bed.service.now = () => NOW_MS + day * 86_400_000;
        ids.push(await submit(bed, { ...more, endpoint: { url: "http://127.0.0.1:8000/v1", model } }));
      }
      await listByFacet(bed.service.data, await specOf(bed.service, ids[3] ?? ""), "gpu", "NVIDIA A40");
      await listByFacet(bed.service.data, await specOf(bed.service, ids[1] ?? ""), "gpu", "NVIDIA A40");
      return { bed, ids };
    }
    const day = (days: number): string => new Date(NOW_MS + days * 86_400_000).toISOString();

    test.each<[string, number[]]>([
      ["tag=nightly", [4, 1, 0]],
      ["tag=night", []],
      ["tag=main&model=llama", [3]],
      ["model=qwen%2Fa%20b", [4, 1]],
      ["gpu=NVIDIA%20A40", [3, 1]],
      ["gpu=NVIDIA%20A40&tag=nightly", [1]],
      [`since=${day(3)}`, [4, 3]],
      [`since=${day(2).slice(0, 10)}&model=llama`, [3, 2]],
      ["q=A40", [0]],
      ["q=NIGHT&limit=100", [4, 1, 0]],
      ["state=queued", [4, 3, 2, 1, 0]],
      ["state=completed", []],
    ])("by %s has the jobs that fit, newest first", async (query, wanted) => {
      const { bed, ids } = await history();
      const { json } = await bed.send("GET", `/v1/jobs?${query}`);
      expect(json).toEqual({ jobs: wanted.map((n) => expect.objectContaining({ id: ids[n] })), next: null });
    });

    test("comes in parts that miss none and end", async () => {
      const { bed, ids } = await history();
      const first = (await bed.send("GET", "/v1/jobs?q=nightly&limit=2")).json;
      expect(first).toMatchObject({ jobs: [{ id: ids[4] }, { id: ids[1] }] });
      const second = (await bed.send("GET", `/v1/jobs?q=nightly&limit=2&cursor=${String(first?.["next"])}`))
        .json;
      expect(second).toEqual({ jobs: [expect.objectContaining({ id: ids[0] })], next: null });
    });

    test("refuses a time that is none, and names the parameter", async () =>
      expect((await (await testbed()).send("GET", "/v1/jobs?since=yesterday")).json).toMatchObject({
        status: 422,
        errors: [{ parameter: "since", detail: expect.stringContaining("2026-11-30") }],
      }));
  });

  test("is empty when there is no job", async () => {
    expect((await (await testbed()).send("GET", "/v1/jobs")).json).toEqual({ jobs: [], next: null });
  });
});

describe("a cancel", () => {
  test("needs no body, replaces the control object once and gets the same answer again", async () => {
    const bed = await testbed();
    const id = await submit(bed);
    await setStatus(bed, id, {});
    const first = await bed.send("POST", `/v1/jobs/${id}/cancel`);
    const control = await bed.service.data.get(`jobs/${id}/control.json`);
    const again = await bed.send("POST", `/v1/jobs/${id}/cancel`);
    expect([first.status, first.json?.["state"], again.status, again.text]).toEqual([
      200,
      "running",
      200,
      first.text,
    ]);
    expect(JSON.parse(control?.body.toString("utf8") ?? "")).toEqual({
      schema: "brimline.control/1",
      action: "cancel",
    });
    expect((await bed.service.data.get(`jobs/${id}/control.json`))?.etag).toBe(control?.etag);
  });

  test("of a queued job is accepted", async () => {
    const bed = await testbed();
    expect((await bed.send("POST", `/v1/jobs/${await submit(bed)}/cancel`)).status).toBe(200);
  });

  test.each(["completed", "partial", "failed", "rejected"] as const)(
    "of a job that ended as %s is 409 and changes nothing",
    async (state) => {
      const bed = await testbed();
      const id = await submit(bed);
      await setStatus(bed, id, { state });
      const sent = await bed.send("POST", `/v1/jobs/${id}/cancel`);
      expect([sent.status, typeOf(sent)]).toEqual([409, "already_ended"]);
      expect((await bed.service.data.get(`jobs/${id}/control.json`))?.body.toString("utf8")).toContain(
        '"run"',
      );
    },
  );

  test("of a job that ended as cancelled is 200", async () => {
    const bed = await testbed();
    const id = await submit(bed);
    await setStatus(bed, id, { state: "cancelled" });
    const sent = await bed.send("POST", `/v1/jobs/${id}/cancel`);
    expect([sent.status, sent.json?.["state"]]).toEqual([200, "cancelled"]);
  });

  test("of a job that does not exist is 404", async () => {
    expect((await (await testbed()).send("POST", `/v1/jobs/${"a".repeat(20)}/cancel`)).status).toBe(404);
  });
});

import type { Report } from "@brimline/core/report/schema";
import { keys } from "@brimline/store/keys";
import { JOB, type Testbed, testbed, typeOf } from "@brimline/testkit/functions/testbed";
import { aggregatedReport } from "@brimline/testkit/site/aggregated";
import { describe, expect, test } from "vitest";
import { endJob } from "../job/job-end.ts";
import { eventsAfter } from "../objects/event.ts";
import { putObject } from "../objects/object.ts";
import { type SpecObject, specOf } from "../objects/spec.ts";
import { setStatus, statusOf } from "../objects/status.ts";

const REPORT = aggregatedReport([10]);
const PUBLISHED = { hasPage: true, hasComparison: true };

/** Submits a job and resolves to it as it was stored. */
async function submitted(bed: Testbed, more: object = {}): Promise<SpecObject> {
  const { json } = await bed.send("POST", "/v1/jobs", { ...JOB, ...more });
  return specOf(bed.service, String(json?.["id"]));
}

/** The same with a report whose latencies take so many times as long. */
async function reported(bed: Testbed, more: object = {}, slowdown = 1): Promise<SpecObject> {
  const job = await submitted(bed, more);
  const level = REPORT.levels.find(({ role }) => role === "measured");
  if (level === undefined) throw new Error("no level");
  const slower = (value: number | null): number | null => (value === null ? null : value * slowdown);
  const { value, low, high } = level.ttftMs.p95;
  const p95 = { ...level.ttftMs.p95, value: slower(value), low: slower(low), high: slower(high) };
  const report: Report = {
    ...REPORT,
    id: job.id,
    levels: [{ ...level, ttftMs: { ...level.ttftMs, p95 } }],
    provenance: { ...REPORT.provenance, seed: job.spec.seed ?? "" },
  };
  await putObject(bed.service.data, keys.report(job.id), report);
  await setStatus(bed.service, job.id, { state: "completed", hasReport: true });
  return job;
}

describe("POST /v1/compare", () => {
  test("says figure by figure what the second report is beside the first", async () => {
    const bed = await testbed();
    const [a, b] = [await reported(bed), await reported(bed, {}, 1.5)];
    const { status, json } = await bed.send("POST", "/v1/compare", { a: a.id, b: b.id });
    expect(status).toBe(200);
    expect(json).toMatchObject({ schema: "brimline.comparison/1", a: { id: a.id }, verdict: "worse" });
    expect(json?.["sentence"]).toMatch(/^Worse: TTFT p95 at 10 users rose by 50 %/);
  });

  test("refuses what does not measure the same, what has no report and what is no job", async () => {
    const bed = await testbed();
    const [a, none] = [await reported(bed), await submitted(bed)];
    const typed = async (b: string): Promise<[number, unknown]> => {
      const sent = await bed.send("POST", "/v1/compare", { a: a.id, b });
      return [sent.status, typeOf(sent)];
    };
    expect(await typed(a.id)).toEqual([422, "not_comparable"]);
    expect(await typed(none.id)).toEqual([404, "no_report"]);
    expect(await typed("a".repeat(20))).toEqual([404, "not_found"]);
    expect(await typed("x")).toEqual([422, "invalid_request"]);
  });
});

describe("a job with a baseline", () => {
  test("asks the baseline's requests again, unless it has a seed of its own", async () => {
    const bed = await testbed();
    const first = await reported(bed);
    expect((await submitted(bed, { baseline: first.id })).spec).toMatchObject({
      baseline: first.id,
      seed: first.id,
    });
    expect((await submitted(bed, { baseline: first.id, seed: "own" })).spec.seed).toBe("own");
  });

  test("of the last with a tag takes the newest like it that has a report, and none where it is the first", async () => {
    const bed = await testbed();
    const tags = ["nightly"];
    const asked = { tags, baseline: "last:nightly" };
    const first = await submitted(bed, asked);
    expect(first.spec.baseline).toBeUndefined();
    const like = await reported(bed, { tags });
    await reported(bed, { tags, levels: [20] });
    await submitted(bed, { tags });
    expect((await submitted(bed, asked)).spec).toMatchObject({ baseline: like.id, seed: like.id });
  });

  test("tells at its end, in its events and at its address, what it is beside the baseline, with the page", async () => {
    const bed = await testbed();
    const first = await reported(bed);
    const second = await submitted(bed, { baseline: first.id });
    await putObject(bed.service.data, keys.report(second.id), { ...REPORT, id: second.id });
    await endJob(bed.service, second, { state: "completed", problem: null }, PUBLISHED);
    const expected = { baseline: first.id, sentence: expect.any(String) };
    const page = `${bed.service.config.publicUrl}/c/${second.id}/`;
    const [told] = await eventsAfter(bed.service, second.id, 0);
    expect(told?.body.data).toMatchObject({ comparison: expected, links: { comparison: page } });
    expect((await statusOf(bed.service, second.id)).comparison).toMatchObject(expected);
    const { json } = await bed.send("GET", `/v1/jobs/${second.id}`);
    expect(json).toMatchObject({ comparison: expected, links: { comparison: page } });
  });
});

import { Trend } from "@brimline/core/trend/schema";
import type { Report } from "@brimline/core/report/schema";
import { keys } from "@brimline/store/keys";
import { JOB, type Testbed, testbed, typeOf } from "@brimline/testkit/functions/testbed";
import { fixtureReport } from "@brimline/testkit/site/report";
import { describe, expect, test } from "vitest";
import { putObject } from "../objects/object.ts";

const BASE = fixtureReport({ id: "x".repeat(20), users: [10], hasGpu: false });

/** Jobs with this tag, of which those from the step on take a fifth longer for a first token. */
async function series(bed: Testbed, tag: string, jobs: number, stepAt: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < jobs; i++) {
    const { json } = await bed.send("POST", "/v1/jobs", { ...JOB, tags: [tag], name: `build ${i}` });
    const id = String(json?.["id"]);
    const factor = (i < stepAt ? 1 : 1.2) * (1 + 0.001 * (i % 3));
    const levels = BASE.levels.map((level) => {
      const { p95 } = level.ttftMs;
      return {
        ...level,
        ttftMs: { ...level.ttftMs, p95: { ...p95, value: p95.value === null ? null : p95.value * factor } },
      };
    });
    const createdAt = new Date(Date.UTC(2026, 0, 1 + i)).toISOString();
    await putObject(bed.service.data, keys.report(id), { ...BASE, id, createdAt, levels } satisfies Report);
    ids.push(id);
  }
  return ids;
}

describe("GET /v1/trends", () => {
  test("says since which job a figure is another, and a new job extends it", async () => {
    const bed = await testbed();
    const ids = await series(bed, "nightly", 12, 8);
    const { status, json } = await bed.send("GET", "/v1/trends?tag=nightly");
    const trend = Trend.parse(json);
    expect([status, trend.jobs.map(({ id }) => id)]).toEqual([200, ids]);
    const steps = trend.series.flatMap(({ figure, steps: found }) =>
      found.map((step) => ({ figure, ...step })),
    );
    expect(steps).toEqual([
      expect.objectContaining({
        figure: "ttftMs.p95",
        verdict: "worse",
        since: expect.objectContaining({ id: ids[8], name: "build 8" }),
      }),
    ]);
    await series(bed, "nightly", 1, 0);
    expect(Trend.parse((await bed.send("GET", "/v1/trends?tag=nightly")).json).jobs).toHaveLength(13);
  });

  test("has no job that lost the tag, even where its list still names the job", async () => {
    const bed = await testbed();
    const ids = await series(bed, "nightly", 3, 9);
    const remove = bed.service.data.remove.bind(bed.service.data);
    bed.service.data.remove = () => Promise.reject(new Error("cut"));
    await bed.send("PATCH", `/v1/jobs/${ids[1]}`, { tags: ["other"] });
    bed.service.data.remove = remove;
    const trend = Trend.parse((await bed.send("GET", "/v1/trends?tag=nightly")).json);
    expect(trend.jobs.map(({ id }) => id)).toEqual([ids[0], ids[2]]);
  });

  test("takes one figure, and the newest so many jobs", async () => {
    const bed = await testbed();
    const ids = await series(bed, "a b/c", 4, 9);
    const query = new URLSearchParams({ tag: "a b/c", figure: "e2eMs.p95", limit: "2" });
    const trend = Trend.parse((await bed.send("GET", `/v1/trends?${query.toString()}`)).json);
    expect([trend.jobs.length, trend.series.map(({ figure }) => figure)]).toEqual([2, ["e2eMs.p95"]]);
    expect(ids).toEqual(expect.arrayContaining(trend.jobs.map(({ id }) => id)));
  });

  test.each([
    ["?tag=nobody", 404, "no_report"],
    ["", 422, "invalid_request"],
    ["?tag=a&figure=nothing", 422, "invalid_request"],
    ["?tag=a&limit=61", 422, "invalid_request"],
  ])("refuses %s", async (query, status, type) => {
    const sent = await (await testbed()).send("GET", `/v1/trends${query}`);
    expect([sent.status, typeOf(sent)]).toEqual([status, type]);
  });
});

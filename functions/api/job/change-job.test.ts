import { keys } from "@brimline/store/keys";
import { endedJob, swept } from "@brimline/testkit/functions/listed";
import { JOB, setState, type Testbed, testbed, typeOf } from "@brimline/testkit/functions/testbed";
import { describe, expect, test } from "vitest";
import { putObject } from "../../objects/object.ts";
import { statusOf } from "../../objects/status.ts";

async function idsBy({ send }: Testbed, query: string): Promise<string[]> {
  const jobs = (await send("GET", `/v1/jobs?${query}`)).json?.["jobs"] ?? [];
  return (jobs as { id: string }[]).map(({ id }) => id);
}
const facets = async ({ objects }: Testbed): Promise<number> =>
  [...(await objects()).keys()].filter((key) => key.startsWith("facets/admin/tag/")).length;
const read = async ({ service }: Testbed, key: string): Promise<string | null> =>
  (await service.site.get(key))?.body.toString("utf8") ?? null;

describe("a change of a job", () => {
  test("of its tags moves it between the lists, and leaves it in none that it has not", async () => {
    const bed = await testbed();
    const id = await endedJob(bed, { tags: ["nightly", "main"] });
    const sent = await bed.send("PATCH", `/v1/jobs/${id}`, { tags: ["release", "main"] });
    expect([sent.status, sent.json?.["tags"]]).toEqual([200, ["release", "main"]]);
    expect([
      await idsBy(bed, "tag=nightly"),
      await idsBy(bed, "tag=release"),
      await idsBy(bed, "q=rele"),
    ]).toEqual([[], [id], [id]]);
    expect(await facets(bed)).toBe(2);
  });

  test("that a crash cut off before it left the old lists is mended by the next one", async () => {
    const bed = await testbed();
    const id = await endedJob(bed, { tags: ["nightly"] });
    const remove = bed.service.data.remove.bind(bed.service.data);
    bed.service.data.remove = () => Promise.reject(new Error("cut"));
    expect((await bed.send("PATCH", `/v1/jobs/${id}`, { tags: ["release"] })).status).toBe(500);
    bed.service.data.remove = remove;
    expect([await facets(bed), await idsBy(bed, "tag=nightly")]).toEqual([2, []]);
    await bed.send("PATCH", `/v1/jobs/${id}`, { name: "Release" });
    expect([await facets(bed), await idsBy(bed, "tag=release")]).toEqual([1, [id]]);
  });

  test("of its name shows in the job, on its page and in the index, and not in its report", async () => {
    const bed = await testbed();
    const id = await endedJob(bed, { name: "Before" });
    const report = await bed.send("GET", `/v1/jobs/${id}/report`);
    expect((await bed.send("PATCH", `/v1/jobs/${id}`, { name: "After" })).json).toMatchObject({
      name: "After",
    });
    expect(bed.published).toEqual([id]);
    await swept(bed.service);
    expect([await read(bed, keys.page(id, "index.html")), await read(bed, "index.html")]).toEqual([
      "After",
      "After",
    ]);
    expect((await bed.send("GET", `/v1/jobs/${id}/report`)).text).toBe(report.text);
    expect([...(await bed.objects()).keys()].filter((key) => key.startsWith("changed/"))).toEqual([]);
  });

  test("to private takes its page and its row away, and back to public brings them back", async () => {
    const bed = await testbed();
    const [id, other] = [await endedJob(bed, { name: "A" }), await endedJob(bed, { name: "B" })];
    const links = async (): Promise<unknown> => (await bed.send("GET", `/v1/jobs/${id}`)).json?.["links"];
    expect(await links()).toMatchObject({ page: expect.stringContaining(`/r/${id}/`) });
    expect((await bed.send("PATCH", `/v1/jobs/${id}`, { visibility: "private" })).json).toMatchObject({
      visibility: "private",
      links: { page: null },
    });
    // Nobody reads the page, even before it is gone.
    expect((await bed.send("GET", `/r/${id}/`)).status).toBe(404);
    await swept(bed.service);
    expect((await bed.service.site.list(keys.pagePrefix(id))).keys).toEqual([]);
    expect(await read(bed, "index.html")).toBe("B");
    await bed.send("PATCH", `/v1/jobs/${id}`, { visibility: "public" });
    await swept(bed.service);
    expect([await read(bed, "index.html"), (await bed.send("GET", `/r/${id}/`)).text]).toEqual([
      expect.stringMatching(/^(A, B|B, A)$/),
      "A",
    ]);
    expect(await links()).toMatchObject({ page: expect.stringContaining(`/r/${id}/`) });
    await bed.send("PATCH", `/v1/jobs/${other}`, { visibility: "unlisted" });
    await swept(bed.service);
    expect([await read(bed, "index.html"), (await bed.send("GET", `/r/${other}/`)).status]).toEqual([
      "A",
      200,
    ]);
  });

  test("of a baseline to private takes away the pages that show it, and back to public brings them back", async () => {
    const bed = await testbed();
    const baseline = await endedJob(bed, { name: "A" });
    await putObject(bed.service.data, keys.status(baseline), {
      ...(await statusOf(bed.service, baseline)),
      hasReport: true,
    });
    const id = await endedJob(bed, { name: "B", baseline });
    const shown = async (): Promise<unknown[]> => {
      const { status, text } = await bed.send("GET", `/c/${id}/`);
      const { json } = await bed.send("GET", `/v1/jobs/${id}`);
      return [status, text, (json?.["links"] as Record<string, unknown> | undefined)?.["comparison"]];
    };
    const page = [200, "B beside A", expect.stringContaining(`/c/${id}/`)];
    expect(await shown()).toEqual(page);
    await bed.send("PATCH", `/v1/jobs/${baseline}`, { visibility: "private" });
    // Nobody reads the page, even before it is gone.
    expect((await shown())[0]).toBe(404);
    await swept(bed.service);
    await swept(bed.service);
    expect((await bed.service.site.list(keys.comparison(id, ""))).keys).toEqual([]);
    expect((await shown())[2]).toBeNull();
    await bed.send("PATCH", `/v1/jobs/${baseline}`, { visibility: "public" });
    await swept(bed.service);
    await swept(bed.service);
    expect(await shown()).toEqual(page);
  });

  test("that hides one of two jobs with a tag takes the page of their trend away", async () => {
    const bed = await testbed();
    const page = "by/tag/nightly/trend/index.html";
    const id = await endedJob(bed, { tags: ["nightly"] });
    expect(await read(bed, page)).toBeNull();
    await endedJob(bed, { tags: ["nightly"] });
    expect(await read(bed, page)).toContain("There are 2 jobs of a kind so far");
    await bed.send("PATCH", `/v1/jobs/${id}`, { visibility: "private" });
    await swept(bed.service);
    expect(await read(bed, page)).toBeNull();
  });

  test("of a job that runs is published at its end", async () => {
    const bed = await testbed();
    const id = String((await bed.send("POST", "/v1/jobs", JOB)).json?.["id"]);
    await setState(bed, id, "running");
    await bed.send("PATCH", `/v1/jobs/${id}`, { name: "Later" });
    await swept(bed.service);
    expect([bed.published, await bed.service.data.get(keys.relist(id))]).toEqual([[], expect.anything()]);
    await setState(bed, id, "completed");
    await swept(bed.service);
    expect(await bed.service.data.get(keys.relist(id))).toBeNull();
  });

  test("does not make a repeated submission bring the old tags back", async () => {
    const bed = await testbed();
    const again = { "idempotency-key": "k" };
    const body = { ...JOB, tags: ["nightly"] };
    const id = String((await bed.send("POST", "/v1/jobs", body, again)).json?.["id"]);
    await bed.send("PATCH", `/v1/jobs/${id}`, { tags: [] });
    expect((await bed.send("POST", "/v1/jobs", body, again)).json).toMatchObject({ id, tags: [] });
    expect(await facets(bed)).toBe(0);
  });

  test.each<[string, unknown, number, string]>([
    ["that changes nothing", {}, 422, "invalid_request"],
    ["of its endpoint", { endpoint: { url: "http://127.0.0.1/v1" } }, 422, "invalid_request"],
    ["to a name that is none", { name: "" }, 422, "invalid_request"],
    ["that is no JSON", "x", 400, "malformed_body"],
  ])("%s is refused", async (_, body, status, type) => {
    const bed = await testbed();
    const id = await endedJob(bed);
    const sent = await bed.send("PATCH", `/v1/jobs/${id}`, body);
    expect([sent.status, typeOf(sent)]).toEqual([status, type]);
  });

  test("at the same time as another is refused, and says so", async () => {
    const bed = await testbed();
    const id = await endedJob(bed);
    const both = await Promise.all(
      ["One", "Two"].map((name) => bed.send("PATCH", `/v1/jobs/${id}`, { name })),
    );
    const refused = both.filter(({ status }) => status !== 200);
    for (const sent of refused) expect([sent.status, typeOf(sent)]).toEqual([409, "conflict"]);
    expect(refused.length).toBeLessThan(2);
  });
});

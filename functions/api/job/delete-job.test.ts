import { keys } from "@brimline/store/keys";
import type { ObjectStore } from "@brimline/store/store";
import { endedJob, swept } from "@brimline/testkit/functions/listed";
import { JOB, NOW_MS, setState, type Testbed, testbed, typeOf } from "@brimline/testkit/functions/testbed";
import { describe, expect, test } from "vitest";
import { eraseTask } from "../../tasks/erase.ts";

/** It is cut before every fifth of its writes. */
const EVERY_CUT = 5;

/** Lets a store write nothing from the moment at which `kill` is true, and gives what undoes that. */
function dying(store: ObjectStore, kill: () => boolean): () => void {
  const whole = { ...store };
  const unlessKilled =
    <Args extends unknown[], T>(act: (...args: Args) => Promise<T>) =>
    (...args: Args): Promise<T> =>
      kill() ? Promise.reject(new Error("cut")) : act(...args);
  const writers: Pick<ObjectStore, "create" | "put" | "replace" | "remove"> = {
    create: unlessKilled((...args) => whole.create(...args)),
    put: unlessKilled((...args) => whole.put(...args)),
    replace: unlessKilled((...args) => whole.replace(...args)),
    remove: unlessKilled((key) => whole.remove(key)),
  };
  Object.assign(store, writers);
  return () => void Object.assign(store, whole);
}

const left = async ({ service, objects }: Testbed): Promise<string[]> => [
  ...(await objects()).keys(),
  ...(await service.site.list("r/")).keys,
];

describe("a job that is deleted", () => {
  test("is erased once the site follows, so that pages of comparisons with it do too", async () => {
    const bed = await testbed();
    const [id, compared] = [await endedJob(bed), await endedJob(bed)];
    await bed.service.data.put(keys.beside(id, compared), "{}");
    await bed.send("DELETE", `/v1/jobs/${id}`);
    await eraseTask(bed.service, id, 1000);
    expect(await bed.service.data.get(keys.report(id))).toBeNull();
    expect(await bed.service.data.get(keys.beside(id, compared))).not.toBeNull();
    await swept(bed.service);
    expect((await left(bed)).filter((key) => key.includes(id))).toEqual([`jobs/${id}/listing.json`]);
    expect(await bed.service.data.get(keys.relist(compared))).not.toBeNull();
  });

  test("is gone for every route at once, and leaves its tombstone alone", async () => {
    const bed = await testbed();
    const id = await endedJob(bed, { tags: ["nightly"] });
    expect((await bed.send("DELETE", `/v1/jobs/${id}`)).status).toBe(204);
    expect(bed.published).toEqual([id]);
    const compare = await bed.send("POST", "/v1/compare", { a: id, b: id });
    for (const sent of [
      ...(await Promise.all(
        ["", "/report", "/events", "/records", "/deliveries"].map((path) =>
          bed.send("GET", `/v1/jobs/${id}${path}`),
        ),
      )),
      await bed.send("PATCH", `/v1/jobs/${id}`, { name: "x" }),
      await bed.send("POST", `/v1/jobs/${id}/cancel`),
      await bed.send("DELETE", `/v1/jobs/${id}`),
      compare,
    ])
      expect([sent.status, typeOf(sent)]).toEqual([410, "deleted"]);
    expect((await bed.send("GET", `/r/${id}/`)).status).toBe(404);
    for (const query of ["", "tag=nightly", "gpu=NVIDIA%20A40"])
      expect((await bed.send("GET", `/v1/jobs?${query}`)).json).toEqual({ jobs: [], next: null });
    await swept(bed.service);
    expect(await left(bed)).toEqual([`jobs/${id}/listing.json`]);
    expect(JSON.parse((await bed.objects()).get(`jobs/${id}/listing.json`) ?? "")).toEqual({
      schema: "brimline.tombstone/1",
      caller: "admin",
      createdAt: new Date(NOW_MS).toISOString(),
      deletedAt: new Date(NOW_MS).toISOString(),
    });
    expect((await bed.service.site.get("index.html"))?.body.toString("utf8")).toBe("");
    expect((await bed.send("GET", `/v1/jobs/${id}`)).status).toBe(410);
  });

  test("leaves no list of a tag that a change gives it at the same time", async () => {
    for (const first of ["change", "deletion"] as const) {
      const bed = await testbed();
      const id = await endedJob(bed, { tags: ["old"] });
      const { service } = bed;
      const change = () => bed.send("PATCH", `/v1/jobs/${id}`, { tags: ["new"] });
      const remove = () => bed.send("DELETE", `/v1/jobs/${id}`);
      const create = service.data.create.bind(service.data);
      const put = service.data.put.bind(service.data);
      const other = first === "change" ? change : remove;
      let isMet = false;
      const meet = async (key: string): Promise<void> => {
        const isLast = first === "change" ? key === keys.deleting(id) : key === keys.listing(id);
        if (!isLast || isMet) return;
        isMet = true;
        await other();
      };
      service.data.put = async (key, body, options) => {
        await meet(key);
        await put(key, body, options);
      };
      service.data.create = async (key, body, options) => {
        await meet(key);
        return create(key, body, options);
      };
      const { status } = await (first === "change" ? remove() : change());
      expect([isMet, status]).toEqual([true, first === "change" ? 204 : 409]);
      Object.assign(service.data, { create, put });
      await swept(service);
      expect(await left(bed)).toEqual([`jobs/${id}/listing.json`]);
    }
  });

  test("leaves every other job as it was", async () => {
    const bed = await testbed();
    const [id, other] = [await endedJob(bed, { tags: ["t"] }), await endedJob(bed, { tags: ["t"] })];
    const before = (await left(bed)).filter((key) => key.includes(other));
    await bed.send("DELETE", `/v1/jobs/${id}`);
    await swept(bed.service);
    const after = (await left(bed)).filter((key) => !key.includes(id));
    expect(after.filter((key) => !key.startsWith("shelves/"))).toEqual(before);
    expect((await bed.service.data.get(keys.shelf("all/")))?.body.toString("utf8")).not.toContain(id);
    expect((await bed.send("GET", "/v1/jobs?tag=t")).json?.["jobs"]).toMatchObject([{ id: other }]);
  });

  test("is as it was or wholly gone, wherever its deletion is cut", { timeout: 60_000 }, async () => {
    const bed = await testbed();
    const { data, site } = bed.service;
    let cuts = 0;
    for (let cut = 0, isCut = true; isCut; cut += EVERY_CUT) {
      const id = await endedJob(bed, { tags: ["nightly"] });
      let writes = 0;
      isCut = false;
      const kill = (): boolean => (isCut ||= writes++ === cut);
      const revive = [data, site].map((store) => dying(store, kill));
      const { status } = await bed.send("DELETE", `/v1/jobs/${id}`);
      await swept(bed.service).catch(() => {});
      for (const again of revive) again();
      const isBuried = (await bed.send("GET", `/v1/jobs/${id}`)).status === 410;
      if (!isBuried) {
        expect(status).toBe(500);
        expect((await bed.send("GET", `/v1/jobs/${id}/report`)).status).toBe(200);
        expect((await bed.send("DELETE", `/v1/jobs/${id}`)).status).toBe(204);
      }
      await swept(bed.service);
      expect((await left(bed)).filter((key) => key.includes(id))).toEqual([`jobs/${id}/listing.json`]);
      const shelves = [...(await bed.objects())].filter(([key]) => key.startsWith("shelves/"));
      expect(shelves.filter(([, text]) => text.includes(id) || /"reports":[1-9]/.test(text))).toEqual([]);
      if (isCut) cuts++;
    }
    expect(cuts).toBeGreaterThan(10);
  });

  test("keeps no secret that its webhook gets at the same time", async () => {
    const bed = await testbed();
    const secret = `whsec_${"A".repeat(32)}`;
    const id = await endedJob(bed, { webhook: { url: "https://example.com/hook", secret } });
    const put = bed.service.data.put.bind(bed.service.data);
    bed.service.data.put = async (key, ...more) => {
      bed.service.data.put = put;
      await bed.send("DELETE", `/v1/jobs/${id}`);
      await swept(bed.service);
      await put(key, ...more);
    };
    const rotated = await bed.send("POST", `/v1/jobs/${id}/webhook/secret`, { secret });
    expect([rotated.status, typeOf(rotated)]).toEqual([410, "deleted"]);
    expect((await left(bed)).filter((key) => key.includes(id))).toEqual([`jobs/${id}/listing.json`]);
  });

  test("that a crash cut off before its tombstone is as it was, and its mark goes after an hour", async () => {
    const bed = await testbed();
    const id = await endedJob(bed);
    const create = bed.service.data.create.bind(bed.service.data);
    bed.service.data.create = (key, body, options) =>
      key === keys.listing(id) ? Promise.reject(new Error("cut")) : create(key, body, options);
    expect((await bed.send("DELETE", `/v1/jobs/${id}`)).status).toBe(500);
    bed.service.data.create = create;
    await swept(bed.service);
    expect((await bed.send("GET", `/v1/jobs/${id}/report`)).status).toBe(200);
    expect(await bed.service.data.get(keys.deleting(id))).not.toBeNull();
    bed.service.now = () => NOW_MS + 3_600_001;
    await swept(bed.service);
    expect(await bed.service.data.get(keys.deleting(id))).toBeNull();
    expect((await bed.send("GET", `/v1/jobs/${id}/report`)).status).toBe(200);
  });

  test("is not made again by its Idempotency-Key", async () => {
    const bed = await testbed();
    const again = { "idempotency-key": "k" };
    const id = String((await bed.send("POST", "/v1/jobs", JOB, again)).json?.["id"]);
    await setState(bed, id, "completed");
    await bed.service.data.remove(keys.open(id));
    await bed.send("DELETE", `/v1/jobs/${id}`);
    for (const sweep of [() => Promise.resolve(), () => swept(bed.service)]) {
      await sweep();
      const sent = await bed.send("POST", "/v1/jobs", JOB, again);
      expect([sent.status, typeOf(sent)]).toEqual([410, "deleted"]);
    }
    expect((await left(bed)).filter((key) => key.includes(id))).toEqual([`jobs/${id}/listing.json`]);
  });
});

test.each(["queued", "preflight", "running", "reporting"] as const)(
  "a job that is %s is not deleted, and the answer says to cancel it",
  async (state) => {
    const bed = await testbed();
    const id = String((await bed.send("POST", "/v1/jobs", JOB)).json?.["id"]);
    if (state !== "queued") await setState(bed, id, state);
    const sent = await bed.send("DELETE", `/v1/jobs/${id}`);
    expect([sent.status, typeOf(sent), sent.json?.["detail"]]).toEqual([
      409,
      "not_ended",
      expect.stringContaining(`POST /v1/jobs/${id}/cancel`),
    ]);
  },
);

test("a job that is just ending is deleted a moment later", async () => {
  const bed = await testbed();
  const id = String((await bed.send("POST", "/v1/jobs", JOB)).json?.["id"]);
  await setState(bed, id, "completed");
  const sent = await bed.send("DELETE", `/v1/jobs/${id}`);
  expect([sent.status, typeOf(sent), sent.headers.get("retry-after")]).toEqual([409, "not_ended", "1"]);
});

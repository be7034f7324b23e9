import type { Secret } from "@brimline/core/secret";
import { keys } from "@brimline/store/keys";
import { JOB, pointersOf, type Testbed, testbed, typeOf } from "@brimline/testkit/functions/testbed";
import { describe, expect, test } from "vitest";
import { closeJob } from "../../job/job-end.ts";
import { specOf, type SpecObject } from "../../objects/spec.ts";

const KEY = "sk-first-0123456789";
const HOOK = { url: "https://example.com/hook", secret: `whsec_${"A".repeat(32)}` };

async function ended(bed: Testbed, more: object = {}): Promise<string> {
  const id = String((await bed.send("POST", "/v1/jobs", { ...JOB, ...more })).json?.["id"]);
  await closeJob(bed.service, id);
  return id;
}
async function rerun(bed: Testbed, id: string, body: object = {}): Promise<SpecObject> {
  const sent = await bed.send("POST", `/v1/jobs/${id}/rerun`, body);
  if (sent.status !== 202) throw new Error(sent.text);
  return specOf(bed.service, String(sent.json?.["id"]));
}

describe("a job that is run again", () => {
  test("asks the same with the same seed, and is a job of its own", async () => {
    const bed = await testbed();
    const id = await ended(bed, { name: "First", tags: ["a"], repeats: 3 });
    await bed.send("PATCH", `/v1/jobs/${id}`, { name: "Renamed" });
    const [first, again] = [await specOf(bed.service, id), await rerun(bed, id)];
    expect(again.id).not.toBe(id);
    expect(again.spec).toEqual({ ...first.spec, name: "Renamed" });
    expect(bed.started).toEqual([id, again.id]);
  });

  test.each<[unknown, (id: string, first: string) => string]>([
    ["same", (_, first) => first],
    ["new", (id) => id],
    [42, () => "42"],
    ["mine", () => "mine"],
  ])("with seed %j has that seed", async (seed, wanted) => {
    const bed = await testbed();
    const first = await ended(bed);
    const { id, spec } = await rerun(bed, first, { seed });
    expect(spec.seed).toBe(wanted(id, first));
  });

  test("needs the endpoint's secrets again, by name, and never shows them", async () => {
    const bed = await testbed();
    const endpoint = {
      url: "http://me:pw@127.0.0.1:8000/v1?token=abc&v=2",
      model: "m",
      apiKey: KEY,
      apiKeyHeader: "api-key",
      secretHeaders: { "X-Org": "o-1" },
    };
    const id = await ended(bed, { endpoint });
    const refused = await bed.send("POST", `/v1/jobs/${id}/rerun`, { endpoint: { apiKey: KEY } });
    expect([refused.status, typeOf(refused), pointersOf(refused)]).toEqual([
      422,
      "invalid_request",
      ["/endpoint/basic", "/endpoint/secretHeaders/x-org", "/endpoint/url"],
    ]);
    const given = { url: endpoint.url, apiKey: "sk-second", secretHeaders: { "x-org": "o-2" } };
    const again = await rerun(bed, id, { endpoint: given });
    expect(again.secretFields).toEqual((await specOf(bed.service, id)).secretFields);
    const sealed = await bed.service.data.get(keys.secret(again.id));
    const text = bed.service.sealer.open(again.id, "endpoint", sealed?.body ?? Buffer.of()).reveal();
    expect(JSON.parse(text)).toMatchObject({
      apiKey: "sk-second",
      headers: { "x-org": "o-2" },
      basic: "me:pw",
    });
    const stored = [...(await bed.objects()).values()].join("\n");
    for (const secret of ["sk-second", "o-2", "me:pw", "token=abc"]) expect(stored).not.toContain(secret);
  });

  test("does not ask another endpoint", async () => {
    const bed = await testbed();
    const id = await ended(bed);
    const sent = await bed.send("POST", `/v1/jobs/${id}/rerun`, {
      endpoint: { url: "http://127.0.0.1:9000/v1" },
    });
    expect(pointersOf(sent)).toEqual(["/endpoint/url"]);
  });

  test("keeps its webhook with its secret, and needs that again once it is gone", async () => {
    const bed = await testbed();
    const id = await ended(bed, { webhook: HOOK });
    const again = await rerun(bed, id);
    const opened = async (job: string): Promise<Secret> => {
      const sealed = await bed.service.data.get(keys.webhookSecret(job));
      return bed.service.sealer.open(job, "webhook", sealed?.body ?? Buffer.of());
    };
    expect([again.spec.webhook, (await opened(again.id)).reveal()]).toEqual([
      expect.objectContaining({ url: HOOK.url }),
      HOOK.secret,
    ]);
    await bed.service.data.remove(keys.webhookSecret(id));
    expect(pointersOf(await bed.send("POST", `/v1/jobs/${id}/rerun`, {}))).toEqual(["/webhook/secret"]);
    const other = `whsec_${"B".repeat(32)}`;
    const { id: third } = await rerun(bed, id, { webhook: { secret: other } });
    expect((await opened(third)).reveal()).toBe(other);
  });

  test("is one job for one Idempotency-Key, and that key is for no other request", async () => {
    const bed = await testbed();
    const [id, other] = [await ended(bed), await ended(bed)];
    const key = { "idempotency-key": "k" };
    const [first, second] = [
      await bed.send("POST", `/v1/jobs/${id}/rerun`, {}, key),
      await bed.send("POST", `/v1/jobs/${id}/rerun`, {}, key),
    ];
    expect([first.status, second.json?.["id"]]).toEqual([202, first.json?.["id"]]);
    for (const [path, body] of [
      [`/v1/jobs/${id}/rerun`, { seed: "new" }],
      [`/v1/jobs/${other}/rerun`, {}],
      ["/v1/jobs", JOB],
    ] as const)
      expect(typeOf(await bed.send("POST", path, body, key))).toBe("idempotency_mismatch");
  });

  test("stays the job of its Idempotency-Key when the first one is deleted", async () => {
    const bed = await testbed();
    const id = await ended(bed);
    const again = () => bed.send("POST", `/v1/jobs/${id}/rerun`, {}, { "idempotency-key": "k" });
    const made = await again();
    await bed.service.data.put(
      keys.listing(id),
      JSON.stringify({ schema: "brimline.tombstone/1", createdAt: "", deletedAt: "" }),
    );
    const repeated = await again();
    expect([repeated.status, repeated.json?.["id"]]).toEqual([202, made.json?.["id"]]);
  });

  test("that was deleted is 410", async () => {
    const bed = await testbed();
    const id = await ended(bed);
    await bed.service.data.put(
      keys.listing(id),
      JSON.stringify({ schema: "brimline.tombstone/1", createdAt: "", deletedAt: "" }),
    );
    expect((await bed.send("POST", `/v1/jobs/${id}/rerun`, {})).status).toBe(410);
  });
});

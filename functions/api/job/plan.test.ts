import { ownershipToken } from "../../objects/ownership.ts";
import { sha256Hex } from "../../sha256.ts";
import { keys } from "@brimline/store/keys";
import { JOB, pointersOf, testbed } from "@brimline/testkit/functions/testbed";
import { expect, test } from "vitest";

test("a plan says what a job would send, and leaves nothing", async () => {
  const { send, started, objects } = await testbed();
  const job = { ...JOB, levels: [8, 32], stop: { requests: 320 }, repeats: 2, warmup: false };
  const { status, json } = await send("POST", "/v1/plan", { ...job, gpu: { usdPerHour: 0.5, count: 2 } });
  expect([status, json?.["total"], json?.["maxDurationS"]]).toEqual([
    200,
    {
      requests: 1280,
      promptTokens: 1280 * 256,
      outputTokens: 1280 * 128,
      time: { minS: 0, maxS: null },
      usd: 2,
    },
    7200,
  ]);
  expect([started, (await objects()).size]).toEqual([[], 0]);
});

test("a plan says how to show that the endpoint is the caller's, where the job needs that", async () => {
  const bed = await testbed({ adminKeySha256: sha256Hex("root") });
  const as =
    (key: string) =>
    async (url: string, users: number): Promise<unknown> => {
      const job = { endpoint: { url, model: "m" }, levels: [users], stop: { durationS: 30 } };
      const sent = await bed.send("POST", "/v1/plan", job, { authorization: `Bearer ${key}` });
      expect(sent.status).toBe(200);
      return sent.json?.["proof"];
    };
  const made = await bed.send(
    "POST",
    "/v1/keys",
    { name: "ci", scopes: ["submit"] },
    { authorization: "Bearer root" },
  );
  const caller = as(String(made.json?.["key"]));
  const token = ownershipToken(bed.service, String(made.json?.["caller"]));
  expect(await caller("https://llm.example/v1", 9)).toEqual({
    token,
    url: "https://llm.example/.well-known/brimline",
    txt: "_brimline.llm.example",
  });
  // A record says nothing of an address, nor of whose server a name without TLS leads to.
  for (const origin of ["https://127.0.0.1:8000", "https://[::1]:8000", "http://llm.example"])
    expect(await caller(`${origin}/v1`, 9)).toEqual({
      token,
      url: `${origin}/.well-known/brimline`,
      txt: null,
    });
  expect(await caller("https://llm.example/v1", 8)).toBeNull();
  expect(await as("root")("https://llm.example/v1", 9)).toBeNull();
});

test.each([
  ["by its time", { levels: [8], stop: { durationS: 360 } }, 0.1],
  ["by the time it may take", { levels: [8], stop: { requests: 8 }, limits: { maxDurationS: 720 } }, 0.2],
  ["by its limit of money", { levels: [8], stop: { durationS: 360 }, limits: { maxUsd: 0.05 } }, 0.05],
])("GPUs cost %s", async (_, more, usd) => {
  const { send } = await testbed();
  const sent = await send("POST", "/v1/plan", { ...JOB, ...more, gpu: { usdPerHour: 0.5, count: 2 } });
  expect(sent.json).toMatchObject({ total: { usd: expect.closeTo(usd, 6) as number } });
});

test("a plan of a job that would be refused is refused alike", async () => {
  const bed = await testbed();
  const bad = { ...JOB, levels: [100_000], baseline: "a".repeat(20) };
  const [plan, submit] = [await bed.send("POST", "/v1/plan", bad), await bed.send("POST", "/v1/jobs", bad)];
  expect([plan.status, plan.text]).toEqual([422, submit.text]);
  expect(pointersOf(await bed.send("POST", "/v1/plan", { ...JOB, levels: [9999] }))).toEqual(["/levels/0"]);
  expect(await bed.service.data.list(keys.openPrefix)).toEqual({ keys: [], next: null });
});

import { describe, expect, test, vi } from "vitest";
import { gzipSync } from "node:zlib";
import type { AgentObject } from "../../objects/agent.ts";
import { nameAgents } from "./agents.ts";
import {
  JOB,
  NOW_MS,
  type Sent,
  setState,
  type Testbed,
  testbed,
  typeOf,
} from "@brimline/testkit/functions/testbed";

// Alone: one test measures the memory of this process, which others would fill too.

const GPU = { index: 0, id: "GPU-1", name: "NVIDIA A40", facts: { driver: "550.54", limitW: 300 } };
const AGENT = {
  name: "gpu host",
  host: "a40-1",
  sources: [{ source: "gpu", identities: [GPU] }],
};
const FIRST_MS = Date.UTC(2026, 4, 1, 12, 59, 59, 999);
const NAME = `${FIRST_MS}-${FIRST_MS + 9000}-gpu-boot1-00000007`;
const storedAs = (agent: string): string =>
  `telemetry/${agent}/${NAME.slice(0, 4)}/${NAME.slice(4, 6)}/${NAME}.ndjson.gz`;
const SEGMENT = gzipSync(`{"schema":"brimline.sample/1"}\n[0,0,61.5]\n`);

async function enrolled(bed: Testbed): Promise<{ id: string; token: string; auth: Record<string, string> }> {
  const { json } = await bed.send("POST", "/v1/agents", AGENT);
  const { id, token } = json as { id: string; token: string };
  return { id, token, auth: { authorization: `Bearer ${token}` } };
}
const put = (
  bed: Testbed,
  id: string,
  auth: Record<string, string>,
  body: Uint8Array = SEGMENT,
  path = NAME,
): Promise<Sent> =>
  bed.send("PUT", `/v1/agents/${id}/segments/${path}`, body, { "content-type": "application/gzip", ...auth });

describe("an agent", () => {
  test("is enrolled with a token that the store does not hold", async () => {
    const bed = await testbed();
    const sent = await bed.send("POST", "/v1/agents", AGENT);
    const { id, token } = sent.json as { id: string; token: string };
    expect([sent.status, sent.headers.get("location")]).toEqual([
      201,
      `http://127.0.0.1:4870/v1/agents/${id}`,
    ]);
    expect(id).toMatch(/^[a-z0-9]{20}$/);
    expect(token).toContain(id);
    for (const text of (await bed.objects()).values()) expect(text).not.toContain(token.slice(-43));
    const shown = await bed.send("GET", `/v1/agents/${id}`);
    expect(shown.json).toEqual({ id, ...AGENT, createdAt: "2026-05-01T12:00:00.000Z" });
  });

  test.each<[string, object, string]>([
    ["without a name", { ...AGENT, name: undefined }, "/name"],
    ["with an unknown field", { ...AGENT, token: "x" }, "/token"],
    [
      "with a GPU's index as text",
      { ...AGENT, sources: [{ source: "gpu", identities: [{ ...GPU, index: "0" }] }] },
      "/sources/0/identities/0/index",
    ],
    [
      "with a source that is none",
      { ...AGENT, sources: [{ source: "disk", identities: [] }] },
      "/sources/0/source",
    ],
    [
      "with two GPUs under one index",
      { ...AGENT, sources: [{ source: "gpu", identities: [GPU, GPU] }] },
      "/sources/0/identities",
    ],
    ["with a line break in its host", { ...AGENT, host: "a\nb" }, "/host"],
  ])("%s is refused", async (_, body, pointer) => {
    const sent = await (await testbed()).send("POST", "/v1/agents", body);
    expect([sent.status, sent.json?.["errors"]]).toEqual([422, [expect.objectContaining({ pointer })]]);
  });

  test("can be named by a job", async () => {
    const bed = await testbed();
    const { id } = await enrolled(bed);
    expect((await bed.send("POST", "/v1/jobs", { ...JOB, agents: [id] })).status).toBe(202);
    expect((await bed.send("POST", "/v1/jobs", { ...JOB, agents: [id, id] })).status).toBe(422);
  });
});

describe("upload URLs", () => {
  const ask = (
    bed: Testbed,
    { id, auth }: { id: string; auth: Record<string, string> },
    segments: object[] = [],
  ): Promise<Sent> => bed.send("POST", `/v1/agents/${id}/segments`, { segments }, auth);

  test("point at this service, under a name that says the segment's span, and take the segment", async () => {
    const bed = await testbed();
    const agent = await enrolled(bed);
    const { json } = await ask(bed, agent, [
      {
        source: "gpu",
        boot: "boot1",
        sequence: 7,
        bytes: SEGMENT.length,
        firstUnixMs: FIRST_MS,
        lastUnixMs: FIRST_MS + 9000,
      },
    ]);
    const url = `http://127.0.0.1:4870/v1/agents/${agent.id}/segments/${NAME}`;
    expect(json).toEqual({
      uploads: [{ url, headers: { "content-type": "application/gzip" } }],
      flush: false,
      rest: false,
    });
    expect((await put(bed, agent.id, agent.auth)).status).toBe(201);
    expect((await bed.service.data.get(storedAs(agent.id)))?.body).toEqual(SEGMENT);
  });

  test.each<[string, object]>([
    ["a boot that climbs", { boot: "../x" }],
    ["a sequence below 0", { sequence: -1 }],
    ["a sequence of 9 digits", { sequence: 100_000_000 }],
    ["more than 8 MiB", { bytes: 8 * 1024 * 1024 + 1 }],
    ["a time in 1970", { firstUnixMs: 1 }],
    ["a fraction of a millisecond", { lastUnixMs: NOW_MS + 0.5 }],
    ["a source that is none", { source: "disk" }],
  ])("are refused for %s", async (_, wrong) => {
    const bed = await testbed();
    const agent = await enrolled(bed);
    const sent = await ask(bed, agent, [
      { source: "gpu", boot: "b", sequence: 0, bytes: 10, firstUnixMs: NOW_MS, lastUnixMs: NOW_MS, ...wrong },
    ]);
    expect([sent.status, typeOf(sent)]).toEqual([422, "invalid_request"]);
  });

  const submitFor = async (bed: Testbed, agent: string): Promise<string> =>
    String((await bed.send("POST", "/v1/jobs", { ...JOB, agents: [agent] })).json?.["id"]);
  const jobsOf = async (bed: Testbed, agent: string): Promise<string[]> =>
    (JSON.parse((await bed.objects()).get(`agents/${agent}.json`) ?? "") as AgentObject).jobs;

  test("ask for a flush while a job waits for the agent's telemetry, and for no rest while one runs", async () => {
    const bed = await testbed({ agentsRest: true });
    const [agent, other] = [await enrolled(bed), await enrolled(bed)];
    const answers = async (): Promise<unknown[]> =>
      (await Promise.all([agent, other].map((each) => ask(bed, each)))).flatMap(({ json }) => [
        json?.["flush"],
        json?.["rest"],
      ]);
    expect(await answers()).toEqual([false, true, false, true]);
    const [job, waiting] = [await submitFor(bed, agent.id), await submitFor(bed, agent.id)];
    expect(await answers()).toEqual([false, true, false, true]);
    for (const state of ["preflight", "running"] as const) {
      await setState(bed, job, state);
      expect(await answers()).toEqual([false, false, false, true]);
    }
    await setState(bed, job, "reporting");
    expect(await answers()).toEqual([true, false, false, true]);
    expect(await jobsOf(bed, agent.id)).toEqual([job, waiting]);
    await setState(bed, job, "completed");
    expect(await answers()).toEqual([false, true, false, true]);
    expect(await jobsOf(bed, agent.id)).toEqual([waiting]);
  });

  test("never ask for rest when the service's agents do not rest", async () => {
    const bed = await testbed();
    expect((await ask(bed, await enrolled(bed))).json).toEqual({ uploads: [], flush: false, rest: false });
  });

  test("cost one read of the agent and no listing while no job names it, however many jobs are open", async () => {
    const bed = await testbed();
    const [agent, other] = [await enrolled(bed), await enrolled(bed)];
    await submitFor(bed, other.id);
    const [get, list] = [vi.spyOn(bed.service.data, "get"), vi.spyOn(bed.service.data, "list")];
    await ask(bed, agent);
    expect([get.mock.calls.flat(), list.mock.calls]).toEqual([[`agents/${agent.id}.json`], []]);
  });

  test("know all jobs that name an agent at the same moment, and forget submissions that a crash cut off", async () => {
    const bed = await testbed();
    const agent = await enrolled(bed);
    const submitted = await Promise.all(Array.from({ length: 4 }, () => submitFor(bed, agent.id)));
    const crashed = Array.from({ length: 8 }, (_, index) => `crashed${index}`);
    await Promise.all(crashed.map((job) => nameAgents(bed.service, job, [agent.id])));
    expect(new Set(await jobsOf(bed, agent.id))).toEqual(new Set([...submitted, ...crashed]));
    await ask(bed, agent);
    expect(new Set(await jobsOf(bed, agent.id))).toEqual(new Set(submitted));
  });
});

describe("a segment", () => {
  test("is stored once, and the second upload is 412 and changes nothing", async () => {
    const bed = await testbed();
    const { id, auth } = await enrolled(bed);
    expect((await put(bed, id, auth)).status).toBe(201);
    const again = await put(bed, id, auth, gzipSync('{"schema":"another"}\n'));
    expect([again.status, typeOf(again)]).toEqual([412, "already_stored"]);
    expect((await bed.service.data.get(storedAs(id)))?.body).toEqual(SEGMENT);
  });

  test("may consist of several gzip members", async () => {
    const bed = await testbed();
    const { id, auth } = await enrolled(bed);
    expect((await put(bed, id, auth, Buffer.concat([SEGMENT, gzipSync("[1,0,60]\n")]))).status).toBe(201);
  });

  test("is stored alike, however its bytes arrive", async () => {
    const bed = await testbed();
    const { id, auth } = await enrolled(bed);
    for (const size of [1, 7, SEGMENT.length]) {
      const name = NAME.replace(/\d$/, String(size % 10));
      const parts = Array.from({ length: Math.ceil(SEGMENT.length / size) }, (_, n) =>
        SEGMENT.subarray(n * size, (n + 1) * size),
      );
      const answer = await bed.app.request(`/v1/agents/${id}/segments/${name}`, {
        method: "PUT",
        headers: { "content-type": "application/gzip", ...auth },
        body: ReadableStream.from(parts),
        duplex: "half",
      });
      expect(answer.status).toBe(201);
      expect((await bed.service.data.get(storedAs(id).replace(NAME, name)))?.body).toEqual(SEGMENT);
    }
  });

  const line = Buffer.from(`{"schema":"brimline.sample/1"}\n${"[0,0,61.5]\n".repeat(1000)}`);
  test.each<[string, Buffer, string]>([
    ["that is no gzip", Buffer.from("{}"), "bad_gzip"],
    ["that is empty", Buffer.alloc(0), "bad_gzip"],
    ["that holds nothing", gzipSync(""), "bad_gzip"],
    ["that is cut", gzipSync(line).subarray(0, -12), "bad_gzip"],
    ["with a flipped byte", flipped(gzipSync(line)), "bad_gzip"],
    ["of gzip in gzip", gzipSync(SEGMENT), "bad_gzip"],
    [
      "that unpacks to 70 MiB",
      gzipSync(Buffer.concat([Buffer.from("{"), Buffer.alloc(70 * 1024 * 1024, 0x30)])),
      "decompressed_too_large",
    ],
    [
      "that unpacks to 1,000 times its size",
      gzipSync(Buffer.concat([Buffer.from("{"), Buffer.alloc(1024 * 1024, 0x30)])),
      "decompressed_too_large",
    ],
  ])("%s is refused, and not stored", async (_, body, type) => {
    const bed = await testbed();
    const { id, auth } = await enrolled(bed);
    const sent = await put(bed, id, auth, body);
    expect([sent.status, typeOf(sent)]).toEqual([422, type]);
    expect((await bed.service.data.list("telemetry/")).keys).toEqual([]);
  });

  test("of 1 GB in 1 MB is refused without being unpacked in memory", async () => {
    const bed = await testbed();
    const { id, auth } = await enrolled(bed);
    const member = gzipSync(Buffer.concat([Buffer.from("{"), Buffer.alloc(16 * 1024 * 1024, 0x30)]));
    const bomb = Buffer.concat(Array.from({ length: 64 }, () => member));
    const before = process.memoryUsage().rss;
    const startedMs = performance.now();
    expect(typeOf(await put(bed, id, auth, bomb))).toBe("decompressed_too_large");
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 * 1024);
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });

  test.each<[string, Record<string, string>, string, number]>([
    ["without a token", { authorization: "" }, NAME, 401],
    [
      "with the token of no agent",
      { authorization: `Bearer bla_${"a".repeat(20)}_${"b".repeat(43)}` },
      NAME,
      401,
    ],
    ["as another type", { "content-type": "application/json" }, NAME, 415],
    ["at a time that is none", {}, NAME.replace(/^\d{13}/, "9999999999999"), 404],
    ["of a source that is none", {}, NAME.replace("gpu", "disk"), 404],
    ["at a name that climbs", {}, NAME.replace("boot1", "..%2f..%2fb"), 404],
    ["without a sequence", {}, NAME.slice(0, -9), 404],
  ])("%s is refused", async (_, headers, path, status) => {
    const bed = await testbed();
    const { id, auth } = await enrolled(bed);
    expect((await put(bed, id, { ...auth, ...headers }, SEGMENT, path)).status).toBe(status);
  });

  test("larger than 8 MiB is 413", async () => {
    const bed = await testbed();
    const { id, auth } = await enrolled(bed);
    expect((await put(bed, id, auth, Buffer.alloc(8 * 1024 * 1024 + 1))).status).toBe(413);
  });

  test("on another agent's path is 403, with a token of the right form but the wrong secret 401", async () => {
    const bed = await testbed();
    const [one, other] = [await enrolled(bed), await enrolled(bed)];
    const theirs = await put(bed, other.id, one.auth);
    expect([theirs.status, typeOf(theirs)]).toEqual([403, "forbidden"]);
    const forged = {
      authorization: `Bearer ${one.token.slice(0, -1)}${one.token.endsWith("A") ? "B" : "A"}`,
    };
    expect((await put(bed, one.id, forged)).status).toBe(401);
    expect((await bed.service.data.list("telemetry/")).keys).toEqual([]);
  });

  function flipped(bytes: Buffer): Buffer {
    const copy = Buffer.from(bytes);
    copy.writeUInt8(copy.readUInt8(copy.length - 6) ^ 0xff, copy.length - 6);
    return copy;
  }
});

test("a clock probe answers when it came and when it was answered", async () => {
  const bed = await testbed();
  let nowMs = NOW_MS;
  bed.service.now = () => nowMs++;
  expect((await bed.send("POST", "/v1/time")).json).toEqual({
    receivedUnixMs: NOW_MS,
    answeredUnixMs: NOW_MS + 1,
  });
});

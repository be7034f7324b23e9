import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { keys } from "@brimline/store/keys";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { openService } from "../local/home.ts";
import { specOf } from "../objects/spec.ts";
import { ownershipToken } from "../objects/ownership.ts";
import { readObject } from "../objects/object.ts";
import { PreflightObject } from "../objects/preflight.ts";
import type { Service } from "../service.ts";
import { ACCEPTED_PREFLIGHT, acceptJob, homeOf } from "@brimline/testkit/functions/home";
import { quick, type Scripted, scriptedEndpoint } from "@brimline/testkit/load/scripted";
import { setTimeout as sleep } from "node:timers/promises";
import { nextLevel } from "../job/next-level.ts";
import { createObject, putObject } from "../objects/object.ts";
import { waitingOf } from "../objects/preflight-tries.ts";
import { setStatus } from "../objects/status.ts";
import { preflightTask } from "./preflight.ts";
import { shardTask } from "./shard.ts";

const dataDir = await mkdtemp(join(tmpdir(), "brimline-preflight-"));
const endpoint = await startEndpoint({ preset: PRESETS.quick });
afterAll(async () => {
  await endpoint.close();
  await rm(dataDir, { recursive: true });
});

const service = await openService(homeOf(dataDir));
/** A preflight whose process ends before it can write down what it learnt. */
const mortal: Service = {
  ...service,
  data: {
    ...service.data,
    async create(key, ...rest) {
      if (key.endsWith("preflight.json")) throw new Error("killed");
      return service.data.create(key, ...rest);
    },
  },
};

test("an endpoint gets at most three requests, however often preflight is lost and begun anew", async () => {
  await acceptJob(service, "lost", { endpoint: { url: endpoint.url, model: "sim-quick" } });
  const before = endpoint.state().requests;
  const asked = (): number => endpoint.state().requests - before;
  await expect(preflightTask(mortal, { jobId: "lost" })).rejects.toThrow("killed");
  expect(asked()).toBe(2);
  await expect(preflightTask(mortal, { jobId: "lost" })).rejects.toThrow("killed");
  expect(asked()).toBe(3);
  await expect(preflightTask(service, { jobId: "lost" })).rejects.toThrow("may send no more");
  expect(asked()).toBe(3);
});

test("the requests that are left after a loss are enough for an endpoint that answers", async () => {
  await acceptJob(service, "late", { endpoint: { url: endpoint.url, model: "sim-quick" } });
  await expect(preflightTask(mortal, { jobId: "late" })).rejects.toThrow("killed");
  expect(await preflightTask(service, { jobId: "late" })).toEqual({ verdict: "accepted", problem: null });
  expect(await readObject(service.data, keys.preflight("late"), PreflightObject)).toMatchObject({
    requests: 3,
  });
});

describe("a job that waits for its endpoint", () => {
  const STARTED = new Date(Date.now() - 1000).toISOString();
  const accept = async (id: string, url: string, waitS: number): Promise<void> => {
    await acceptJob(service, id, { endpoint: { url, model: "m" }, waitS });
    await setStatus(service, id, { state: "preflight", startedAt: STARTED });
  };
  /** Calls may wait for so long on this platform, and no longer. */
  const onAws: Service = { ...service, config: { ...service.config, caps: { ...service.config.caps } } };
  onAws.config.caps.preflight = { turnS: 0, askS: 10 };

  test("goes on in further calls, whose requests do not count while the endpoint is not up", async () => {
    const loading = await scriptedEndpoint((response, _seen, nth) =>
      nth < 5 ? response.writeHead(503).end("Loading model") : void quick(response),
    );
    await accept("turns", loading.url, 60);
    const verdicts: string[] = [];
    for (let call = 0; call < 9 && verdicts.at(-1) !== "accepted"; call++)
      verdicts.push((await preflightTask(onAws, { jobId: "turns" })).verdict);
    await loading.close();
    expect(verdicts).toEqual([...Array<string>(5).fill("waiting"), "accepted"]);
    expect(loading.seen.filter(({ method }) => method === "POST")).toHaveLength(6);
    expect(await readObject(service.data, keys.preflight("turns"), PreflightObject)).toMatchObject({
      requests: 1,
    });
    expect(await waitingOf(service, "turns")).toBeNull();
  });

  test("says since when, until when at most and for what, and a cancel ends it at once", async () => {
    const loading = await scriptedEndpoint((response) => response.writeHead(503).end("Loading model"));
    await accept("cancelled", loading.url, 600);
    const ended = preflightTask(service, { jobId: "cancelled" });
    await expect
      .poll(() => waitingOf(service, "cancelled"))
      .toMatchObject({ waitsFor: "endpoint", since: STARTED, said: "503: Loading model" });
    const { until = "" } = (await waitingOf(service, "cancelled")) ?? {};
    expect(Math.abs(Date.parse(until) - Date.parse(STARTED) - 600_000)).toBeLessThan(100);
    const cancelledMs = performance.now();
    await putObject(service.data, keys.control("cancelled"), {
      schema: "brimline.control/1",
      action: "cancel",
    });
    expect(await ended).toEqual({ verdict: "cancelled", problem: null });
    expect(performance.now() - cancelledMs).toBeLessThan(1000);
    const asked = loading.seen.length;
    await sleep(300);
    expect(loading.seen).toHaveLength(asked);
    await loading.close();
  });

  test("waits no longer than it may last", async () => {
    const loading = await scriptedEndpoint((response) => response.writeHead(503).end("Loading model"));
    await acceptJob(service, "short", {
      endpoint: { url: loading.url, model: "m" },
      waitS: 600,
      limits: { maxDurationS: 1 },
    });
    const { verdict, problem } = await preflightTask(service, { jobId: "short" });
    await loading.close();
    expect([verdict, problem?.code, problem?.detail]).toEqual([
      "rejected",
      "endpoint_down",
      expect.stringContaining("It was not up after 1 s of waiting"),
    ]);
  });

  test("is left alone by a second process that was started for it", async () => {
    const held = await scriptedEndpoint(() => {});
    await accept("twice", held.url, 60);
    const first = preflightTask(service, { jobId: "twice" });
    await expect.poll(() => held.seen.length).toBe(1);
    const second = preflightTask(service, { jobId: "twice" });
    await expect.poll(() => held.seen.length).toBe(2);
    await held.close();
    await expect(first).rejects.toThrow("done by another process");
    await putObject(service.data, keys.control("twice"), { schema: "brimline.control/1", action: "cancel" });
    expect((await second).verdict).toBe("cancelled");
  });
});

describe("an endpoint beyond a trial", () => {
  const LOAD = { endpoint: { url: endpoint.url, model: "sim-quick" }, levels: [9], stop: { durationS: 5 } };
  async function acceptFor(caller: string, id: string, more: object = {}): Promise<void> {
    await acceptJob(service, id, { ...LOAD, ...more });
    await putObject(service.data, keys.spec(id), { ...(await specOf(service, id)), caller });
  }

  /** An endpoint that shows a token where its owner can put it. */
  async function showing(token: string): Promise<Scripted> {
    const shown = await scriptedEndpoint((response, { path }) =>
      path === "/.well-known/brimline" ? response.end(token) : void quick(response),
    );
    onTestFinished(() => shown.close());
    return shown;
  }

  test("is loaded for a caller who shows that it is its own, and refused with the token to show", async () => {
    const before = endpoint.state().requests;
    await acceptFor("caller", "unproved");
    const { verdict, problem } = await preflightTask(service, { jobId: "unproved" });
    expect([verdict, problem?.code]).toEqual(["rejected", "unproved"]);
    expect(endpoint.state().requests - before).toBeLessThanOrEqual(3);
    const token = /brimline-[0-9a-f]{32}/.exec(problem?.detail ?? "")?.[0] ?? "";
    expect(token).toBe(ownershipToken(service, "caller"));
    expect(token).not.toBe(ownershipToken(service, "other"));
    const shown = await showing(token);
    await acceptFor("caller", "proved", { endpoint: { url: shown.url, model: "m" } });
    expect((await preflightTask(service, { jobId: "proved" })).verdict).toBe("accepted");
    expect(shown.seen.filter(({ path }) => path === "/.well-known/brimline")).toHaveLength(1);
  });

  test("is not the caller's by a key that it is sent, and answers without", async () => {
    await acceptFor("caller", "keyed", { endpoint: { ...LOAD.endpoint, apiKey: "sk-anything" } });
    expect((await preflightTask(service, { jobId: "keyed" })).problem?.code).toBe("unproved");
  });

  test.each<[string, string, object]>([
    ["a trial", "caller", { levels: [8] }],
    ["the admin's job", "admin", {}],
  ])("needs no proof for %s", async (_, caller, more) => {
    await acceptFor(caller, `free-${caller}`, more);
    expect((await preflightTask(service, { jobId: `free-${caller}` })).verdict).toBe("accepted");
  });

  test("has a trial's load at the addresses that it had in preflight, whatever its name leads to later", async () => {
    const { url, seen } = await showing("");
    const endpointOf = { url: url.replace("127.0.0.1", "localhost"), model: "m" };
    await acceptFor("caller", "moved", {
      endpoint: endpointOf,
      levels: [1],
      stop: { durationS: 1 },
      warmup: false,
    });
    const elsewhere = { ...ACCEPTED_PREFLIGHT, addresses: ["127.0.0.9"] };
    await createObject(service.data, keys.preflight("moved"), elsewhere);
    const rules = { leadMs: 100, maxShards: 1, usersPerShard: 100 };
    const next = await nextLevel(service, await specOf(service, "moved"), rules);
    if ("outcome" in next) throw new Error("the level does not run");
    const { ok } = await shardTask(service, { jobId: "moved", attemptKey: next.attemptKey, shard: 0 });
    expect([ok, seen.length]).toEqual([0, 0]);
  });

  test("that had a trial gets no other for ten minutes, whoever's, but with proof", async () => {
    const { url } = await showing(ownershipToken(service, "owner"));
    // The host had a trial in this hour.
    const started = Date.now() + 3_600_000;
    const tried = async (caller: string, id: string, afterMs: number, at = url) => {
      await acceptFor(caller, id, { levels: [8], endpoint: { url: at, model: "m" } });
      return preflightTask({ ...service, now: () => started + afterMs }, { jobId: id });
    };
    expect((await tried("one", "trial-1", 0)).verdict).toBe("accepted");
    const taken = await readObject(service.data, keys.preflight("trial-1"), PreflightObject);
    expect(taken?.addresses).toEqual(["127.0.0.1"]);
    const refused = await tried("two", "trial-2", 599_000);
    expect([refused.verdict, refused.problem?.code]).toEqual(["rejected", "unproved"]);
    expect(refused.problem?.detail).toMatch(
      /^Another trial of this host began at .*Z, so without proof the next may begin at .*Z\. Put brimline-/,
    );
    expect((await tried("one", "trial-3", 599_000)).verdict).toBe("rejected");
    // Another name of the machine is no other machine.
    const named = await tried("one", "trial-6", 599_000, url.replace("127.0.0.1", "localhost"));
    expect([named.verdict, named.problem?.code]).toEqual(["rejected", "unproved"]);
    expect((await tried("owner", "trial-4", 599_000)).verdict).toBe("accepted");
    expect((await tried("two", "trial-5", 600_000)).verdict).toBe("accepted");
  });
});

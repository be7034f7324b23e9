import { Report } from "@brimline/core/report/schema";
import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { diskStore } from "@brimline/store/disk";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openService } from "./local/home.ts";
import { measuredLevels } from "./objects/ended-levels.ts";
import { shardRecords } from "./objects/records.ts";
import type { Service } from "./service.ts";
import { aggregateTask } from "./tasks/aggregate.ts";
import { homeOf } from "@brimline/testkit/functions/home";
import { workshop, type SpawnedService } from "@brimline/testkit/functions/workshop";

const shop = workshop();
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const KEY = "sk-journey-4711";
const SIGNATURE = "signature-4712";
const TENANT = "tenant-of-4713";
const heard: { id: string; type: string }[] = [];
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const { type }: { type: string } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    heard.push({ id: String(request.headers["webhook-id"]), type });
    response.end();
  });
});

let dataDir = "";
let service: SpawnedService;
/** The service's stores, opened by this process. */
let inside: Service;
let endpoint: Awaited<ReturnType<typeof startEndpoint>>;

const small = () => ({
  endpoint: {
    url: `${endpoint.url}?api-version=1&sig=${SIGNATURE}`,
    model: "sim-quick",
    apiKey: KEY,
    secretHeaders: { "x-tenant": TENANT },
  },
  workload: { inputTokens: 16, outputTokens: 8 },
  levels: [2, 4],
  stop: { durationS: 1 },
});

beforeAll(async () => {
  endpoint = await startEndpoint({ preset: PRESETS.quick, faults: { apiKey: KEY } });
  await once(receiver.listen(0, "127.0.0.1"), "listening");
  dataDir = await shop.folder();
  service = await shop.service(dataDir, { certify: true });
  inside = await openService(homeOf(dataDir, service.url));
});
afterAll(async () => {
  await shop.close();
  await endpoint.close();
  receiver.close();
});

describe("a small job", () => {
  let id = "";
  let before = 0;

  test("goes from its submission to a report, a page and a told webhook", { timeout: 180_000 }, async () => {
    before = endpoint.log.length;
    const { port } = receiver.address() as AddressInfo;
    const webhook = {
      url: `http://127.0.0.1:${port}/hook`,
      secret: SECRET,
      events: ["job.started", "level.completed", "job.completed"],
    };
    const submitted = await service.submit({ ...small(), webhook });
    id = submitted.id;
    const job = await service.ended(id, 100_000);
    expect(job).toMatchObject({
      state: "completed",
      problem: null,
      progress: { levelId: null, levelsDone: 2, levels: 2 },
    });
    expect(service.log).toHaveLength(1);

    const report = Report.parse(await (await service.get(`/v1/jobs/${id}/report`)).json());
    expect(report.levels.map((level) => [level.id, level.state, level.requests.failed])).toEqual([
      ["warmup", "completed", 0],
      ["l01", "completed", 0],
      ["l02", "completed", 0],
    ]);
    // A worker that gets no core cannot measure its own error, and says so.
    const { addedTtftMs, addedGapMs, maxEventsPerS } = report.certificate;
    for (const { value, reasons } of [addedTtftMs, addedGapMs, maxEventsPerS])
      if (value === null) expect(reasons).not.toEqual([]);
      else expect(value).toBeGreaterThan(0);
    if (addedTtftMs.value !== null)
      expect(report.findings.find(({ code }) => code === "client_error")?.sentence).toMatch(
        /^The client adds at most [\d.]+ ms/,
      );
    const page = await fetch(job.links.page ?? "");
    expect(page.headers.get("content-type")).toMatch(/text\/html/);
    expect(await page.text()).toContain("sim-quick");
    expect((await service.get(`/r/${id}/levels.csv`)).status).toBe(200);
    expect(await (await service.get("/")).text()).toContain(id);
  });

  test("counts exactly the requests that the endpoint received", async () => {
    const levels = await measuredLevels(inside, id);
    const records = await Promise.all(
      levels.flatMap(({ attemptKey, shards }) =>
        shards.map(({ shard }) => shardRecords(inside.data, keys.records(attemptKey, shard))),
      ),
    );
    const preflight = JSON.parse(
      (await inside.data.get(keys.preflight(id)))?.body.toString() ?? "{}",
    ).requests;
    expect(endpoint.log.length - before).toBe(records.flat().length + preflight);
    const outcomes = new Set(records.flat().map(({ outcome }) => outcome));
    expect([...outcomes]).toEqual(["ok"]);
  });

  test("agrees with the server's own metrics to the token, which were scraped beside the load", async () => {
    const report = Report.parse(await (await service.get(`/v1/jobs/${id}/report`)).json());
    expect(report.endpoint.metrics).toEqual({ engine: "vLLM", failure: null });
    for (const { requests, tokens, server, reasons } of report.levels) {
      expect(server).toMatchObject({
        engine: "vLLM",
        from: "load",
        requests: { least: requests.ok, counted: requests.ok },
        outputTokens: { least: tokens.output, counted: tokens.output },
      });
      expect(reasons).not.toContain("endpoint_not_exclusive");
    }
    const known = report.timeline.columns["serverRunning"]?.filter((value) => value !== null) ?? [];
    expect(known.length).toBeGreaterThan(0);
  });

  test("numbers its start, each level and its end in that order, and tells its webhook of each once", async () => {
    await expect.poll(() => heard.length, { timeout: 30_000 }).toBe(4);
    // They are sent side by side, so what comes in order are their numbers.
    expect(heard.toSorted((a, b) => a.id.localeCompare(b.id))).toEqual([
      { id: `${id}-0001`, type: "job.started" },
      { id: `${id}-0002`, type: "level.completed" },
      { id: `${id}-0003`, type: "level.completed" },
      { id: `${id}-0004`, type: "job.completed" },
    ]);
    await expect
      .poll(async () => (await inside.data.list(keys.outboxPrefix)).keys, { timeout: 30_000 })
      .toEqual([]);
  });

  test("leaves the webhook's sealed secret, but no marker, nothing sealed of the endpoint and no secret in clear", async () => {
    expect(await inside.data.get(keys.open(id))).toBeNull();
    expect(await inside.data.get(keys.secret(id))).toBeNull();
    expect(await inside.data.get(keys.webhookSecret(id))).not.toBeNull();
    for (const store of [diskStore(`${dataDir}/objects`), diskStore(`${dataDir}/site`)]) {
      for await (const key of listAll(store, ""))
        for (const secret of [KEY, SIGNATURE, TENANT])
          expect((await store.get(key))?.body.includes(secret), key).toBe(false);
    }
  });

  test("has a report with the same bytes when it is aggregated again, whatever came late", async () => {
    const first = await inside.data.get(keys.report(id));
    const late = keys.attemptKey(id, "l01", 0, 9);
    await inside.data.put(keys.records(late, 0), "late");
    await inside.data.put(keys.levelEnd(late), "{}");
    await inside.data.remove(keys.report(id));
    const again = await aggregateTask(inside, {
      jobId: id,
      state: "partial",
      problem: null,
      finishedAt: "2030-01-01T00:00:00.000Z",
    });
    expect(again.isNew).toBe(true);
    expect((await inside.data.get(keys.report(id)))?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true);
  });
});

describe("jobs", () => {
  // The tests above ask for the certificates of workers.
  beforeAll(async () => {
    await service.end("SIGTERM");
    service = await shop.service(dataDir);
  });

  test("run one at a time in the order of their submission, and end as partial with their measured levels when a limit is reached", async () => {
    const first = await service.submit({ ...small(), levels: [1], visibility: "private" });
    const second = await service.submit({
      ...small(),
      limits: { maxRequests: 20 },
      warmup: false,
      visibility: "private",
    });
    await service.until(first.id, (job) => job.state === "running");
    expect(await service.job(second.id)).toMatchObject({ state: "queued", startedAt: null });
    const [one, two] = [await service.ended(first.id), await service.ended(second.id)];
    expect(one.state).toBe("completed");
    expect(two).toMatchObject({ state: "partial", problem: { code: "budget" }, links: { page: null } });
    expect(Date.parse(two.startedAt ?? "")).toBeGreaterThanOrEqual(Date.parse(one.finishedAt ?? ""));
    expect((await inside.site.list(keys.pagePrefix(two.id))).keys, "a private report has no page").toEqual(
      [],
    );
    const shards = (await measuredLevels(inside, two.id)).flatMap((level) => level.shards);
    expect(shards.reduce((sum, shard) => sum + shard.requests.sent, 0)).toBe(20);
  });

  test("are rejected without load and without a report when the endpoint is no LLM's", async () => {
    const page = createServer((_, response) =>
      response.setHeader("content-type", "text/html").end("<h1>hello</h1>"),
    );
    await once(page.listen(0, "127.0.0.1"), "listening");
    const { port } = page.address() as AddressInfo;
    const { id } = await service.submit({
      ...small(),
      endpoint: { url: `http://127.0.0.1:${port}/v1`, model: "x" },
    });
    const job = await service.ended(id);
    page.close();
    expect(job).toMatchObject({
      state: "rejected",
      problem: { code: "not_an_llm" },
      links: { report: null, page: null },
    });
    expect(await inside.data.list(keys.rawPrefix(id))).toEqual({ keys: [], next: null });
    expect(await inside.data.get(keys.open(id))).toBeNull();
  });
});

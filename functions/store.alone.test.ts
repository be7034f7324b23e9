import { END_STATES, type Job } from "@brimline/core/job/state/job";
import { Report } from "@brimline/core/report/schema";
import { s3Store } from "@brimline/store/s3";
import { s3Folder, s3Location } from "@brimline/store/s3-location";
import { type S3Server, startVersityGw, versityGw } from "@brimline/testkit/store/versitygw";
import type { ObjectStore } from "@brimline/store/store";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Demo, startDemo } from "./demo.ts";
import { startLocalService } from "./local.ts";

// Alone: the credentials of AWS stand in the environment of this process.

const program = await versityGw();

describe.skipIf(program === null)(
  "a service with its objects in a bucket (skipped when there is no VersityGW and Go cannot build it)",
  () => {
    let server: S3Server;
    let folder = "";
    let store = "";
    let data: ObjectStore;
    let site: ObjectStore;
    let demo: Demo;
    let job: Job;

    beforeAll(async () => {
      server = await startVersityGw(program ?? "");
      for (const [name, value] of Object.entries(server.credentials)) vi.stubEnv(name, value);
      folder = await mkdtemp(join(tmpdir(), "brimline-store-"));
      store = `s3://${await server.newBucket()}/team`;
      const location = s3Location(store, server.endpoint);
      [data, site] = [s3Store(s3Folder(location, "objects")), s3Store(s3Folder(location, "site"))];
      const job = { named: { levels: [2], durationS: 1 }, certify: false };
      demo = await startDemo({
        ...job,
        dataDir: join(folder, "one"),
        port: 0,
        store,
        storeEndpoint: server.endpoint,
      });
    }, 120_000);
    afterAll(async () => {
      await demo.close();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    });

    const service = (path: string, init?: RequestInit): Promise<Response> =>
      fetch(new URL(path, demo.serviceUrl), init);

    test("runs the demo's job from its submission to its page", { timeout: 180_000 }, async () => {
      const request = {
        ...demo.request,
        workload: { inputTokens: 8, outputTokens: 4 },
        idleS: 0,
        warmup: false,
      };
      const submitted = await service("/v1/jobs", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(request),
      });
      job = (await submitted.json()) as Job;
      while (!END_STATES.includes(job.state)) {
        await sleep(100);
        job = (await (await service(`/v1/jobs/${job.id}`)).json()) as Job;
      }
      expect(job).toMatchObject({ state: "completed", problem: null });
      const report = Report.parse(await (await service(`/v1/jobs/${job.id}/report`)).json());
      expect(report.levels.map(({ id, state, requests }) => [id, state, requests.failed])).toEqual([
        ["l01", "completed", 0],
      ]);
      const page = await fetch(job.links.page ?? "");
      expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    });

    test("has the agent PUT its segments straight into the bucket, and their figures in the report", async () => {
      const { id, token } = JSON.parse(
        await readFile(join(folder, "one", "agent", "agent.json"), "utf8"),
      ) as { id: string; token: string };
      const nowMs = Date.now();
      const segment = {
        source: "gpu",
        boot: "b",
        sequence: 0,
        bytes: 10,
        firstUnixMs: nowMs,
        lastUnixMs: nowMs,
      };
      const asked = await service(`/v1/agents/${id}/segments`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        body: JSON.stringify({ segments: [segment] }),
      });
      const { uploads } = (await asked.json()) as { uploads: { url: string }[] };
      expect(uploads[0]?.url).toMatch(
        new RegExp(`^${server.endpoint}/b-[0-9a-f]+/team/objects/telemetry/${id}/`),
      );
      expect((await data.list(`telemetry/${id}/`)).keys.length).toBeGreaterThan(0);
      const report = Report.parse(await (await service(`/v1/jobs/${job.id}/report`)).json());
      expect(report.gpus.map(({ name }) => name)).toEqual(["NVIDIA A40"]);
    });

    test("leaves no object in its data folder, and no marker in the bucket", async () => {
      expect((await readdir(join(folder, "one"))).toSorted()).toEqual([
        "agent",
        "master.key",
        "service-lock",
      ]);
      await expect.poll(async () => (await data.list("open/")).keys).toEqual([]);
      expect((await site.get(`r/${job.id}/index.html`))?.contentType).toBe("text/html; charset=utf-8");
    });

    test("refuses the service of another data folder, which could not open its secrets", async () => {
      const other = startLocalService({
        dataDir: join(folder, "other"),
        port: 0,
        store,
        storeEndpoint: server.endpoint,
      });
      await expect(other).rejects.toThrow(/belongs to the service of another data folder/);
      await expect(
        startLocalService({
          dataDir: join(folder, "other"),
          port: 0,
          store: "s3://never-made",
          storeEndpoint: server.endpoint,
        }),
      ).rejects.toThrow(/there is no bucket never-made/);
      await expect(
        startLocalService({ dataDir: join(folder, "other"), port: 0, store: "bucket" }),
      ).rejects.toThrow(/a store is named as s3:/);
    });
  },
);

import { NO_SECRETS } from "@brimline/core/job/spec/endpoint-secrets";
import { JobSpec } from "@brimline/core/job/spec/spec";
import type { ResolveTxt } from "@brimline/load/preflight/ownership";
import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { keys } from "@brimline/store/keys";
import { ACCEPTED_PREFLIGHT, acceptJob, homeOf } from "@brimline/testkit/functions/home";
import { hasOpenssl, ownAuthority } from "@brimline/testkit/load/authority";
import { tlsFront } from "@brimline/testkit/load/tls-front";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { nextLevel } from "../job/next-level.ts";
import { openService } from "../local/home.ts";
import { createObject, putObject } from "../objects/object.ts";
import { specOf } from "../objects/spec.ts";
import { ownershipToken } from "../objects/ownership.ts";
import { shardTask } from "./shard.ts";
import { watchProof } from "./watch-proof.ts";

const dataDir = await mkdtemp(join(tmpdir(), "brimline-proof-"));
afterAll(() => rm(dataDir, { recursive: true }));
const service = await openService(homeOf(dataDir));
const TOKEN = ownershipToken(service, "caller");

type Answers = (response: ServerResponse, nth: number) => unknown;
const rejecting =
  (code: string): ResolveTxt =>
  () =>
    Promise.reject(Object.assign(new Error(code), { code }));

async function watched(
  answers: Answers,
  {
    users = 9,
    caller = "caller",
    resolveTxt = rejecting("ENOTFOUND"),
    guard = service.guard,
    front = async (url: string) => url,
  } = {},
): Promise<{ asked: () => number; isStopped: () => boolean }> {
  let asked = 0;
  let isStopped = false;
  const server = createServer((_, response) => void answers(response, asked++));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const over = new AbortController();
  onTestFinished(() => {
    over.abort();
    server.closeAllConnections();
    server.close();
  });
  const url = await front(`http://localhost:${(server.address() as AddressInfo).port}/v1`);
  const spec = JobSpec.parse({
    endpoint: { url, model: "m" },
    levels: [users],
    stop: { durationS: 5 },
    warmup: false,
  });
  const job = { caller, spec, secrets: NO_SECRETS };
  watchProof({ ...service, guard }, job, over.signal, () => (isStopped = true), { resolveTxt, everyMs: 10 });
  return { asked: () => asked, isStopped: () => isStopped };
}

const says =
  (body: string, status = 200): Answers =>
  (response) =>
    response.writeHead(status).end(body);

test.each<[string, Answers]>([
  ...[204, 302, 400, 401, 403, 404, 405, 410].map((status): [string, Answers] => [
    `answers ${status}`,
    says("", status),
  ]),
  ["has another's token", says("brimline-other")],
  ["has the token no longer", (response, nth) => response.end(nth < 3 ? TOKEN : "")],
])("load is stopped when the endpoint %s", async (_, answers) => {
  const { isStopped } = await watched(answers);
  await expect.poll(isStopped).toBe(true);
});

test.each<[string, Answers]>([
  ["has the token", says(TOKEN)],
  [
    "lacks it for one look, as a file that is written anew",
    (response, nth) => response.end(nth === 1 ? "" : TOKEN),
  ],
  ...[408, 429, 500, 503].map((status): [string, Answers] => [
    `answers ${status}, which says nothing of the token`,
    says("", status),
  ]),
  ["hangs up", (response) => response.destroy()],
])("load goes on while the endpoint %s", async (_, answers) => {
  const { asked, isStopped } = await watched(answers);
  await expect.poll(asked).toBeGreaterThan(4);
  expect(isStopped()).toBe(false);
});

describe.skipIf(!hasOpenssl)("an endpoint behind TLS that answers 404", () => {
  const { ca, issued } = ownAuthority("localhost");
  /** A guard that trusts the authority by itself, as it trusts public ones. */
  const guard: typeof service.guard = {
    ...service.guard,
    connect: ({ tls, ...options }) =>
      service.guard.connect({ ...options, tls: { ca: ca.toString(), ...tls } }),
  };
  const front = async (url: string): Promise<string> => {
    const opened = await tlsFront(url, issued.localhost);
    onTestFinished(() => opened.close());
    return opened.url;
  };

  test.each<[string, ResolveTxt, boolean]>([
    ["has load while the record has the token", async () => [[TOKEN]], false],
    ["has load while the record cannot be asked", rejecting("ESERVFAIL"), false],
    ["has none when the record has another's", async () => [["brimline-other"]], true],
    ["has none when the record is gone", rejecting("ENOTFOUND"), true],
  ])("%s", async (_, resolveTxt, isOver) => {
    const { asked, isStopped } = await watched(says("", 404), { resolveTxt, guard, front });
    await expect.poll(asked).toBeGreaterThan(isOver ? 1 : 4);
    await expect.poll(isStopped).toBe(isOver);
  });
});

test.each([
  ["a trial", { users: 8 }],
  ["the admin's job", { caller: "admin" }],
])("%s is not asked for", async (_, who) => {
  const { asked } = await watched(says("", 404), who);
  await sleep(100);
  expect(asked()).toBe(0);
});

test("a level ends when its endpoint does not show the token any more", async () => {
  const endpoint = await startEndpoint({ preset: PRESETS.quick });
  onTestFinished(() => endpoint.close());
  const load = { endpoint: { url: endpoint.url, model: "sim-quick" }, levels: [9], stop: { durationS: 60 } };
  await acceptJob(service, "gone", { ...load, warmup: false });
  await putObject(service.data, keys.spec("gone"), { ...(await specOf(service, "gone")), caller: "caller" });
  await createObject(service.data, keys.preflight("gone"), ACCEPTED_PREFLIGHT);
  const rules = { leadMs: 100, maxShards: 1, usersPerShard: 100 };
  const next = await nextLevel(service, await specOf(service, "gone"), rules);
  if ("outcome" in next) throw new Error("the level does not run");
  const beganMs = performance.now();
  const { ended } = await shardTask(service, { jobId: "gone", attemptKey: next.attemptKey, shard: 0 });
  expect(ended).toBe("unproved");
  expect(performance.now() - beganMs).toBeLessThan(20_000);
});

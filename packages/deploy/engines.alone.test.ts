import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import { Secret } from "@brimline/core/secret";
import { createEngine } from "@brimline/durable/engine";
import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { keys } from "@brimline/store/keys";
import { s3Store } from "@brimline/store/s3";
import { type S3Server, startVersityGw, versityGw } from "@brimline/testkit/store/versitygw";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Death, startDurableService } from "./lambda/durable.ts";
import { type LambdaHost, startLambda } from "./lambda/host.ts";
import { lambdaRuntime } from "./lambda/ric.ts";
import { openService } from "@brimline/functions/local/home";
import type { Service } from "@brimline/functions/service";
import { acceptJob, homeOf } from "@brimline/testkit/functions/home";
import {
  CALLS,
  EVENTS,
  functionsOf,
  type Made,
  madeIn,
  NAMES,
  smallJob,
  takeUp,
  workflowOf,
} from "@brimline/testkit/functions/journey";

/**
 * One job runs on three durable engines: our local one, AWS's local runner, and the SDK's own transport to
 * Lambda from AWS's runtime. A job runs once. Then each engine takes it up where its shards are done and
 * nothing is made of them yet, and must end it in the same way. A report names the engine of its service, so
 * all services are given the same one.
 */

const JOB = "e".repeat(20);
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const LIMIT_MS = 120_000;

const [runtime, gateway, root] = await Promise.all([
  lambdaRuntime(),
  versityGw(),
  mkdtemp(join(tmpdir(), "brimline-engines-")),
]);
const hasLambda = runtime !== null && gateway !== null;

/** How often each webhook message came, by its id. */
const heard = new Map<string, number>();
const receiver = createServer((request, response) => {
  const id = String(request.headers["webhook-id"]);
  heard.set(id, (heard.get(id) ?? 0) + 1);
  request.resume().on("end", () => response.end());
});

/** What an engine made of the job, and which functions it called. */
interface Ended {
  made: Made;
  calls: string[];
}
/** It also has the names of its operations in order. */
interface Traced extends Ended {
  names: string[];
}
interface OnLambda extends Traced {
  invocations: number;
  deaths: number;
  states: number;
}

let source: Service;
let server: S3Server | null = null;
let first: Made;
let requests: { before: number; after: number };
let ours: Ended;
let runner: Traced;
let lambda: OnLambda | null;
let killed: OnLambda | null;

beforeAll(async () => {
  const endpoint = await startEndpoint({ preset: PRESETS.quick });
  await once(receiver.listen(0, "127.0.0.1"), "listening");
  await LocalDurableTestRunner.setupTestEnvironment({ skipTime: false });
  source = await newService();
  await acceptJob(
    source,
    JOB,
    smallJob(endpoint.url, `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`),
  );
  await source.data.put(keys.webhookSecret(JOB), source.sealer.seal(JOB, "webhook", new Secret(SECRET)));
  first = (await onOurs(source)).made;
  const before = endpoint.state().requests;
  server = hasLambda ? await startVersityGw(gateway) : null;
  for (const [name, value] of Object.entries(server?.credentials ?? {})) vi.stubEnv(name, value);
  [ours, runner, lambda, killed] = await Promise.all([
    newService().then(taken).then(onOurs),
    newService().then(taken).then(onAwsRunner),
    onLambda([]),
    onLambda([
      { action: "SUCCEED", name: "started", isKept: false },
      { action: "START", name: "aggregate", isKept: true },
    ]),
  ]);
  requests = { before, after: endpoint.state().requests };
  await endpoint.close();
}, LIMIT_MS);
afterAll(async () => {
  await LocalDurableTestRunner.teardownTestEnvironment();
  receiver.close();
  await server?.stop();
  vi.unstubAllEnvs();
  await rm(root, { recursive: true, force: true });
});

const newService = async (): Promise<Service> => openService(homeOf(await mkdtemp(join(root, "d-"))));

const taken = async (service: Service): Promise<Service> => {
  await takeUp(source, service, JOB);
  return { ...service, sealer: source.sealer };
};

const fail = (error: unknown): void => expect.unreachable(String(error));

async function onOurs(service: Service): Promise<Ended> {
  const calls: string[] = [];
  const ended = await createEngine({ functions: functionsOf(service, calls) }).start(
    JOB,
    workflowOf(service, fail),
    { jobId: JOB },
  );
  expect(ended.status).toBe("SUCCEEDED");
  return { made: await madeIn(service, JOB), calls };
}

async function onAwsRunner(service: Service): Promise<Traced> {
  const calls: string[] = [];
  const local = new LocalDurableTestRunner({ handlerFunction: workflowOf(service, fail)({}) });
  for (const [name, invoked] of Object.entries(functionsOf(service, calls)))
    local.registerFunction(name, invoked);
  const ended = await local.run({ payload: { jobId: JOB } });
  expect(ended.getStatus()).toBe("SUCCEEDED");
  return {
    made: await madeIn(service, JOB),
    calls,
    names: ended.getOperations().map((operation) => operation.getName() ?? ""),
  };
}

/**
 * Lambda's handler as it is, in AWS's runtime, with the objects in S3. It is null where that cannot be had.
 */
async function onLambda(deaths: Death[]): Promise<OnLambda | null> {
  if (server === null || runtime === null) return null;
  const [data, site] = [await server.newBucket(), await server.newBucket()];
  const { endpoint } = server;
  const service = await taken({
    ...source,
    data: s3Store({ bucket: data, prefix: "", endpoint }),
    site: s3Store({ bucket: site, prefix: "", endpoint }),
  });
  const calls: string[] = [];
  const durable = await startDurableService(functionsOf(service, calls), deaths);
  const settings = {
    BRIMLINE_PUBLIC_URL: source.config.publicUrl,
    BRIMLINE_VERSION: "test",
    BRIMLINE_DATA_BUCKET: data,
    BRIMLINE_SITE_BUCKET: site,
    ...Object.fromEntries(
      Object.entries(NAMES).map(([step, name]) => [`BRIMLINE_${step.toUpperCase()}`, name]),
    ),
    AWS_ENDPOINT_URL_LAMBDA: durable.url,
    AWS_ENDPOINT_URL_S3: endpoint,
    ...server.credentials,
  };
  const hosts: LambdaHost[] = [];
  try {
    const { output, ...counts } = await durable.run(
      async () => {
        const host = await startLambda(runtime, "job", settings);
        hosts.push(host);
        return host;
      },
      { jobId: JOB },
    );
    expect(output.Status).toBe("SUCCEEDED");
    return {
      made: await madeIn(service, JOB),
      calls,
      names: durable.names(),
      states: durable.calls.state,
      ...counts,
    };
  } finally {
    await Promise.all(hosts.map((host) => host.stop()));
    durable.close();
  }
}

/** The engine made the same job, and called each function once for each thing. */
function expectSame({ made, calls }: Ended): void {
  expect(made.report).toBe(first.report);
  expect(made).toEqual(first);
  expect(calls.map((call) => call.replace(/ .*/, "")).toSorted()).toEqual(CALLS);
  expect(new Set(calls).size).toBe(CALLS.length);
}

describe("one job", () => {
  test("was measured, reported and told of", () => {
    expect([first.state, first.events]).toEqual(["completed", EVENTS]);
    expect(JSON.parse(first.report ?? "{}")).toMatchObject({
      levels: [{ id: "warmup" }, { id: "l01" }, { id: "l02", requests: { failed: 0 } }],
    });
  });

  test("has the same report, byte by byte, by our local engine and by AWS's local runner", () => {
    expectSame(ours);
    expectSame(runner);
  });

  describe.skipIf(!hasLambda)(
    "on Lambda's handler in AWS's runtime, over the SDK's own transport (skipped where it or VersityGW cannot be had)",
    () => {
      test("has that report too, by the same operations, and is suspended while its functions run", () => {
        const ended = lambda ?? expect.unreachable();
        expectSame(ended);
        expect(ended.names.toSorted()).toEqual(runner.names.toSorted());
        expect(ended.invocations).toBeGreaterThan(CALLS.length / 2);
        // The history comes in pages.
        expect(ended.states).toBeGreaterThan(0);
      });

      test("has it when it is killed twice, with a step done and not reported and while a function runs for it, and does nothing twice", () => {
        const ended = killed ?? expect.unreachable();
        expect(ended.deaths).toBe(2);
        expectSame(ended);
        expect(ended.names.toSorted()).toEqual(runner.names.toSorted());
      });
    },
  );

  test("is told once by each engine, and none of them sends a request more", () => {
    expect([...heard.values()]).toEqual(EVENTS.map(() => (hasLambda ? 5 : 3)));
    expect(requests.after).toBe(requests.before);
  });
});

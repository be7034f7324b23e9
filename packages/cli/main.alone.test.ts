import { RequestRecord } from "@brimline/core/record/record";
import { Report } from "@brimline/core/report/schema";
import { type LocalService, startLocalService } from "@brimline/functions/local";
import { type Preset, PRESETS } from "@brimline/sim/presets";
import { startEndpoint } from "@brimline/sim/endpoint";
import { keys } from "@brimline/store/keys";
import { recordsOf } from "@brimline/store/records";
import { hasOpenssl, ownAuthority } from "@brimline/testkit/load/authority";
import { quick, type Scripted, scriptedEndpoint } from "@brimline/testkit/load/scripted";
import { printed } from "@brimline/testkit/cli/printed";
import { type Options, type Ran, runBrimline } from "@brimline/testkit/cli/run";
import { tlsFront } from "@brimline/testkit/load/tls-front";
import type { ChildProcess } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runProgram } from "./program.ts";

let endpoint: Awaited<ReturnType<typeof startEndpoint>>;
/** Of its requests three in five fail. */
let failing: typeof endpoint;
let data: string;
/**
 * One service for the tests that need no service of their own, because a new service's workers measure
 * themselves first.
 */
let service: LocalService;

beforeAll(async () => {
  endpoint = await startEndpoint({ preset: PRESETS.quick });
  failing = await startEndpoint({ preset: PRESETS.quick, faults: { errorShare: 0.6 } });
  data = await mkdtemp(join(tmpdir(), "brimline-cli-"));
  service = await startLocalService({ dataDir: join(data, "service"), port: 0, certify: false });
});
afterAll(async () => {
  await service.close();
  await endpoint.close();
  await failing.close();
  await rm(data, { recursive: true, force: true });
});

const brimline = (args: string[], options: Options = {}): Promise<Ran> =>
  runBrimline(args, { ...options, env: { BRIMLINE_DATA: data, ...options.env } });

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

const SHORT = [
  "--model",
  "sim-quick",
  "--levels",
  "2",
  "--duration",
  "1",
  "--ramp",
  "0",
  "--warmup",
  "0",
  "--input-tokens",
  "8",
  "--output-tokens",
  "8",
];

/** Runs the program in this process, where one test runs at a time. */
const here = (...args: string[]): Promise<Ran> => printed(Promise.resolve(args).then(runProgram));

test("a dry run sends nothing", async () => {
  const before = endpoint.log.length;
  const ran = await here("bench", endpoint.url, ...SHORT, "--dry-run");
  expect(ran.out).toMatch(/2 users\s+as many as it answers\s+1 s/);
  const json = await here("bench", endpoint.url, ...SHORT, "--dry-run", "--json");
  expect(JSON.parse(json.out)).toMatchObject({
    endpoint: { url: endpoint.url, model: "sim-quick" },
    total: { requests: null, time: { minS: 1, maxS: 1 } },
  });
  const bare = await here("bench", endpoint.url.replace("http://", ""), ...SHORT, "--dry-run", "--json");
  expect([bare.err, bare.out]).toEqual([`endpoint ${endpoint.url}\n`, json.out]);
  expect([ran.code, json.code, bare.code, endpoint.log.length]).toEqual([0, 0, 0, before]);
});

test("a job that the service refuses shows the field", async () => {
  const ran = await here("bench", "http://169.254.169.254/v1", ...SHORT, "--server", service.url);
  expect([ran.code, ran.err]).toEqual([1, expect.stringContaining("/endpoint/url")]);
});

// These tests run side by side, because they mostly wait for a service.
/** The job of the first test, which is read again once all others are done. */
let printedJob = "";
test.concurrent("bench prints the report and keeps the page", { timeout: 180_000 }, async () => {
  const ran = await brimline(["bench", endpoint.url, ...SHORT, "--levels", "1,2", "--no-agent", "--full"]);
  expect(ran.err).toMatch(/level 1\/2: 1 user/);
  for (const block of ["LEVELS", "Throughput, tok/s", "INSIGHTS", "PUBLISHED", "brimline agent --server"])
    expect(ran.out).toContain(block);
  expect(ran.code).toBe(0);
  // The service ends with the command, and with it every address at its port.
  expect(ran.out).not.toMatch(/http:\/\/(127\.0\.0\.1|localhost):(?!4870)\d+/);
  const id = /^job ([a-z0-9]{20})$/m.exec(ran.err)?.[1] ?? "";

  const folder = new RegExp(`^  (/.*/r/${id}/)$`, "m").exec(ran.out)?.[1] ?? "";
  expect(await readdir(folder)).toEqual(expect.arrayContaining(["index.html", "report.json", "levels.csv"]));
  expect(ran.out).toContain(`${folder}levels.csv`);
  printedJob = id;
});

test.concurrent(
  "bench on a GPU host runs the agent by itself, and Ctrl-C cancels its job and reports the ended levels",
  { timeout: 180_000 },
  async () => {
    const bin = join(data, "bin");
    await mkdir(bin);
    await symlink(fileURLToPath(import.meta.resolve("@brimline/sim/nvidia-smi")), join(bin, "nvidia-smi"));
    const PATH = [bin, dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
    const ran = await brimline(
      [
        "bench",
        endpoint.url,
        ...SHORT,
        "--levels",
        "1,2",
        "--duration",
        "3",
        "--idle",
        "1",
        "--visibility",
        "private",
        "--full",
      ],
      {
        once: { seen: /level 2\/2/, act: (child) => child.kill("SIGINT") },
        env: {
          PATH,
          BRIMLINE_SIM_URL: endpoint.url.replace(/\/v1$/, ""),
          BRIMLINE_DATA: join(data, "with-gpu"),
        },
      },
    );
    expect(ran.err).toMatch(/GPU NVIDIA A40 \(simulated\), dense 16-bit peak 149.7 TFLOPS/);
    // On a busy machine so many samples may be late that no figure is made of them.
    const uploaded = await readdir(join(data, "with-gpu", "objects", "telemetry"), { recursive: true });
    expect(uploaded.filter((path) => path.includes("gpu"))).not.toEqual([]);
    expect(ran.out).not.toContain("brimline agent --server");
    expect(ran.err).toContain("cancelling: levels that have ended are kept");
    expect(ran.out).toMatch(/^State +cancelled/m);
    expect(ran.code).toBe(1);
  },
);

/** The job of which most requests failed, which is watched once all others are done. */
let failedJob = "";
/** What an ended job, its report, its last event and its Markdown say of it. */
async function verdictsOf(id: string): Promise<unknown[]> {
  const read = async (path: string): Promise<{ verdict: unknown }> =>
    (await fetch(`${service.url}/v1/jobs/${id}${path}`)).json() as Promise<{ verdict: unknown }>;
  const events = await (await fetch(`${service.url}/v1/jobs/${id}/events`)).text();
  const event = [...events.matchAll(/^event: job\.\w+\ndata: (.*)$/gm)].at(-1)?.[1] ?? "{}";
  return [
    (await read("")).verdict,
    (await read("/report")).verdict,
    (JSON.parse(event) as { data: { verdict: unknown } }).data.verdict,
  ];
}

test.concurrent.each<[string, string[], number, RegExp, string]>([
  [
    "cannot be judged",
    ["--slo", "ttft=60000", "--assert-slo", "--requests", "20"],
    3,
    /^2 users could not be judged: \w/m,
    "unknown",
  ],
  ["is none, and most requests fail", [], 1, /^2 users failed: read what the endpoint/m, "failed"],
])(
  "the exit code of bench where an objective %s",
  { timeout: 180_000 },
  async (_, flags, code, said, status) => {
    const args = [...SHORT, "--server", service.url, "--visibility", "private", ...flags];
    const ran = await brimline(["bench", status === "failed" ? failing.url : endpoint.url, ...args]);
    expect([ran.code, ran.err]).toEqual([code, expect.stringMatching(said)]);
    const id = /^job ([a-z0-9]{20})$/m.exec(ran.err)?.[1] ?? "";
    const [job, ...others] = await verdictsOf(id);
    expect(job).toMatchObject({ status });
    for (const other of others) expect(other).toEqual(job);
    const { sentence } = job as { sentence: string };
    expect(ran.out.replaceAll("\n", " ")).toContain(sentence);
    if (status === "failed") {
      expect(sentence).toMatch(/^At 2 users \d\d(\.\d)? % of the requests failed \(\d+ http_5xx\)\. /);
      failedJob = id;
    }
  },
);

test.concurrent(
  "an endpoint that is not there is rejected with what to mend",
  { timeout: 180_000 },
  async () => {
    const ran = await brimline([
      "bench",
      `http://127.0.0.1:${await closedPort()}/v1`,
      ...SHORT,
      "--server",
      service.url,
    ]);
    expect([ran.code, ran.err]).toEqual([1, expect.stringMatching(/rejected: [^]+--wait 10m waits for it/)]);
  },
);

test.concurrent("bench --wait begins once the endpoint is up", { timeout: 180_000 }, async () => {
  const port = await closedPort();
  const late = Promise.withResolvers<typeof endpoint>();
  const ran = await brimline(
    [
      "bench",
      `http://127.0.0.1:${port}/v1`,
      ...SHORT,
      "--wait",
      "1m",
      "--server",
      service.url,
      "--visibility",
      "private",
    ],
    {
      once: {
        seen: /not up yet: waiting for \d+ s of at most 60 s · could not connect \(ECONNREFUSED\)/,
        act: () => late.resolve(startEndpoint({ preset: PRESETS.quick, port })),
      },
    },
  );
  await (await late.promise).close();
  expect([ran.code, ran.out.includes("LEVELS")]).toEqual([0, true]);
});

const KEY = "the-key-of-the-stand-in";
/** Each refuses or says something that engines do not. */
test.concurrent.each<[string, Preset, string, string[], string, string]>([
  [
    "OpenAI's reasoning model",
    PRESETS["openai-reasoning"],
    "",
    [],
    "Requests do without max_tokens and temperature",
    "stop",
  ],
  [
    "a deployment of Azure",
    PRESETS.azure,
    "?api-version=2024-10-21",
    ["--api-key-header", "api-key"],
    "Requests do without ignore_eos",
    "content_filter",
  ],
])(
  "bench measures %s with one command, by its own token counts",
  { timeout: 180_000 },
  async (_name, preset, query, flags, told, finishReason) => {
    const standIn = await startEndpoint({ preset, faults: { apiKey: KEY } });
    const ran = await brimline(
      [
        "bench",
        `${standIn.url}${query}`,
        ...SHORT,
        "--model",
        preset.model,
        "--api-key-env",
        "STAND_IN_KEY",
        "--server",
        service.url,
        "--visibility",
        "private",
        "--no-agent",
        "--full",
        ...flags,
      ],
      { env: { STAND_IN_KEY: KEY } },
    );
    const id = /^job ([a-z0-9]{20})$/m.exec(ran.err)?.[1] ?? "";
    const kept = keys.records(keys.attemptKey(id, "l01", 0, 1), 0);
    const records = [...recordsOf(await readFile(join(data, "service", "objects", kept)))];
    await standIn.close();
    expect([ran.code, ran.out]).toEqual([0, expect.stringContaining(told)]);
    const { hiddenTokens = 0 } = preset;
    const written = standIn.log.map(
      ({ promptTokens, chunkWrittenMs }) => `${promptTokens} + ${hiddenTokens + chunkWrittenMs.length}`,
    );
    for (const { outcome, tokens } of records) {
      expect([outcome, tokens.source, tokens.reasoning ?? 0]).toEqual(["ok", "usage", hiddenTokens]);
      expect(written).toContain(`${tokens.input} + ${tokens.output}`);
    }
    expect(records.length).toBeGreaterThan(5);
    expect(records.map((record) => record.finishReason)).toContain(finishReason);
  },
);

describe.skipIf(!hasOpenssl).concurrent("an endpoint as companies have them", () => {
  const SECRETS = { LOGIN: "me:passw0rd", TENANT: "ten4nt-of-mine" };
  let standIn: Scripted;
  let front: Awaited<ReturnType<typeof tlsFront>>;
  let pem: string[];
  let sha256: string;
  beforeAll(async () => {
    standIn = await scriptedEndpoint((response, { method }) =>
      method === "GET"
        ? response.setHeader("content-type", "application/json").end('{"data":[{"id":"gpt-own"}]}')
        : quick(response),
    );
    const { ca, issued } = ownAuthority("localhost", "client");
    sha256 = createHash("sha256").update(new X509Certificate(ca).raw).digest("hex");
    const asks = { ...issued.localhost, ca, requestCert: true, rejectUnauthorized: true };
    front = await tlsFront(standIn.url.replace("/v1", "/openai/deployments/d"), asks);
    const files = { ca, cert: issued.client.cert, "cert-key": issued.client.key };
    pem = await Promise.all(
      Object.entries(files).map(async ([name, text]) => {
        await writeFile(join(data, `${name}.pem`), text);
        return [`--${name}`, join(data, `${name}.pem`)];
      }),
    ).then((all) => all.flat());
  });
  afterAll(async () => {
    await standIn.close();
    await front.close();
  });
  const short = SHORT.slice(SHORT.indexOf("--levels"));

  test.concurrent(
    "is benchmarked by one command: deployment path, api-version, Basic, a secret header, TLS of its own",
    { timeout: 180_000 },
    async () => {
      const url = `${front.url}?api-version=2024-10-21&sig=s1gnature`;
      const ran = await brimline(
        [
          "bench",
          url,
          ...short,
          ...pem,
          "--basic-env",
          "LOGIN",
          "--header-env",
          "x-tenant=TENANT",
          "--server",
          service.url,
          "--visibility",
          "private",
          "--no-metrics",
        ],
        { env: SECRETS },
      );
      expect([ran.code, ran.out.includes("LEVELS")], ran.err).toEqual([0, true]);
      expect(new Set(standIn.seen.map(({ method, path }) => `${method} ${path}`))).toEqual(
        new Set([
          "GET /openai/deployments/d/models?api-version=2024-10-21&sig=s1gnature",
          "POST /openai/deployments/d/chat/completions?api-version=2024-10-21&sig=s1gnature",
        ]),
      );
      for (const { headers } of standIn.seen)
        expect(headers).toMatchObject({
          authorization: `Basic ${btoa(SECRETS.LOGIN)}`,
          "x-tenant": SECRETS.TENANT,
        });
      expect(ran.out + ran.err).not.toMatch(/passw0rd|ten4nt|s1gnature/);
      const id = /^job ([a-z0-9]{20})$/m.exec(ran.err)?.[1] ?? "";
      const report = await (await fetch(`${service.url}/v1/jobs/${id}/report`)).text();
      expect(JSON.parse(report).endpoint.caSha256).toEqual([sha256]);
      expect(report).not.toContain("CERTIFICATE");
      const kept = await readdir(join(data, "service", "objects", "jobs", id));
      expect(kept).toContain("spec.json");
      expect(kept).not.toContain("secret.sealed");
      const spec = await readFile(join(data, "service", "objects", "jobs", id, "spec.json"), "utf8");
      expect(spec).toContain("api-version=2024-10-21");
      expect(spec).not.toMatch(/passw0rd|ten4nt|s1gnature|PRIVATE KEY/);
    },
  );

  test.concurrent.each<[string, string[], RegExp]>([
    ["an unknown authority", [], /authority that is not known here.*--ca names/],
    ["no client certificate", ["--ca"], /asks for a client certificate.*--cert and --cert-key/],
  ])("says what is missing without a model too: %s", async (_fact, given, words) => {
    const args = given.flatMap((flag) => [flag, join(data, `${flag.slice(2)}.pem`)]);
    const ran = await brimline(["bench", front.url, ...short, ...args]);
    expect([ran.code, ran.err]).toEqual([1, expect.stringMatching(words)]);
  });
});

/** The process that has the folder's service. */
async function holderOf(folder: string): Promise<number> {
  const lock = join(folder, "service-lock");
  const newest = Math.max(...(await readdir(lock)).map(Number));
  return (JSON.parse(await readFile(join(lock, String(newest)), "utf8")) as { pid: number }).pid;
}

test.concurrent(
  "of two that begin at once in one folder, one goes on when the other, whose service it uses, is killed",
  { timeout: 180_000 },
  async () => {
    const folder = join(data, "shared");
    const args = ["bench", endpoint.url, ...SHORT, "--no-agent", "--visibility", "private"];
    const both = [1, 2].map(() => {
      const { promise: begun, resolve: act } = Promise.withResolvers<ChildProcess>();
      const ended = brimline(args, { env: { BRIMLINE_DATA: folder }, once: { seen: /^job /m, act } });
      return { begun, ended };
    });
    const children = await Promise.all(both.map(({ begun }) => begun));
    const holder = await holderOf(folder);
    children.find(({ pid }) => pid === holder)?.kill("SIGKILL");
    const [killed, other] = (await Promise.all(both.map(({ ended }) => ended))).toSorted(
      (a, b) => (a.code ?? -1) - (b.code ?? -1),
    );
    expect(killed?.code).toBeNull();
    expect(other?.err).toContain("this one goes on with its own");
    expect([other?.code, other?.out.includes("LEVELS")]).toEqual([0, true]);
  },
);

test("a job that failed makes watch fail", async () =>
  expect((await here("watch", failedJob, "--server", service.url)).code).toBe(1));

/** Runs the program in the folder of the service that is gone. */
const inFolder = (...args: string[]): Promise<Ran> => here(...args, "--data", data);

test("a job can be read when the service that ran it is gone", { timeout: 60_000 }, async () => {
  const id = printedJob;
  const report = Report.parse(JSON.parse((await brimline(["report", id, "--json"])).out));
  expect(report).toMatchObject({ id, state: "completed", provenance: { simulated: true } });
  expect((await inFolder("report", id, "--markdown")).out).toMatch(/^\| 2 users \| (\d+)\/\1 \|/m);
  const watched = await inFolder("watch", id);
  expect([watched.code, watched.out.includes("LEVELS")]).toEqual([0, true]);
  const listed = await inFolder("jobs", "--find", id.slice(0, 12), "--since", "2026-01-01");
  expect(listed.out.trimEnd().split("\n")).toEqual([
    expect.stringMatching(/^  job +made \(UTC\) +state +objective +name$/),
    expect.stringMatching(
      new RegExp(`^  ${id}  20\\d\\d-\\d\\d-\\d\\d \\d\\d:\\d\\d  completed  unknown +sim-quick$`),
    ),
  ]);
  await expectRecords(report);
  const cancelled = await inFolder("cancel", id);
  expect([cancelled.code, cancelled.err]).toEqual([1, expect.stringContaining("ended")]);
  await expectOpened(id);
});

/** `open` serves the page again until Ctrl-C. */
async function expectOpened(id: string): Promise<void> {
  let page = Promise.resolve("");
  const opened = await brimline(["open", id, "--data", data], {
    once: {
      seen: /until Ctrl-C/,
      act: (child, out) => {
        page = fetch(out().trim()).then((answer) => answer.text());
        void page.finally(() => child.kill("SIGINT"));
      },
    },
  });
  expect([opened.code, (await page).includes(id)]).toEqual([0, true]);
  const none = await inFolder("open", "a".repeat(20));
  expect([none.code, none.err]).toEqual([1, expect.stringContaining("There is no job with this id")]);
}

/** What `records` prints is what its Parquet files hold: every request of every level. */
async function expectRecords({ id, levels }: Report): Promise<void> {
  const folder = join(data, "parquet");
  const ran = await inFolder("records", id, "--parquet", folder);
  const files = ran.out.trimEnd().split("\n");
  expect([ran.code, files.map((path) => basename(path))]).toEqual([
    0,
    ["l01-r0-a1-shard-000.parquet", "l02-r0-a1-shard-000.parquet"],
  ]);
  const held = await Promise.all(files.map(async (path) => [...recordsOf(await readFile(path))]));
  expect(held.map((records) => records.length)).toEqual(levels.map(({ requests }) => requests.sent));

  const printed = await inFolder("records", id);
  const lines: { level: string; repeat: number; shard: number }[] = printed.out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map((line) => RequestRecord.parse(line))).toEqual(held.flat());
  expect(new Set(lines.map(({ level, repeat, shard }) => `${level}/${repeat}/${shard}`))).toEqual(
    new Set(["l01/0/0", "l02/0/0"]),
  );
  expect((await inFolder("records", id, "--level", "l02")).out.trimEnd().split("\n").length).toBe(
    held[1]?.length,
  );
  const none = await inFolder("records", id, "--level", "l09");
  expect([none.code, none.err]).toEqual([1, `brimline: job ${id} has no ended level "l09", but l01, l02\n`]);
}

import { BrimlineError } from "@brimline/core/error";
import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { workshop } from "@brimline/testkit/functions/workshop";
import { diskStore } from "@brimline/store/disk";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { createServer, request as ask } from "node:http";
import type { AddressInfo } from "node:net";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLog, errorsTo } from "./log.ts";
import { shardRecords } from "./objects/records.ts";

interface Line {
  level: string;
  time: string;
  msg: string;
  task?: string;
  [field: string]: unknown;
}

describe("a line of the log", () => {
  const written: string[] = [];
  const log = createLog("info", { write: (line) => void written.push(line) });
  const last = (): Line => JSON.parse(written.at(-1) ?? "");

  test("is one JSON object with its time, what happened and what it is about", () => {
    log.info({ jobId: "j1" }, "job taken up");
    expect(last()).toEqual({
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      jobId: "j1",
      msg: "job taken up",
    });
  });

  test("has an error's stack, but nothing in it that looks like a credential", () => {
    errorsTo(log)(new Error("it said: Bearer abcdefgh12345678"), { jobId: "j1" });
    expect(last()).toMatchObject({
      jobId: "j1",
      err: { message: "it said: Bearer [secret]" },
      msg: "failed",
    });
    expect(JSON.stringify(last())).not.toContain("abcdefgh12345678");
    errorsTo(log)("api_key=abcdefgh12345678");
    expect(last()["err"]).toEqual({ message: "api_key=[secret]" });
  });

  test("does not show the value of a field that would hold a secret", () => {
    const endpoint = { apiKey: "plain-words", basic: "plain-words", secretHeaders: { a: "plain-words" } };
    log.info({ endpoint, authorization: "plain-words" }, "never");
    expect(written.at(-1)).not.toContain("plain-words");
  });

  test("is not written below the chosen level, and an unknown level is refused", () => {
    const count = written.length;
    log.debug("nobody asked");
    expect(written).toHaveLength(count);
    expect(() => createLog("loud")).toThrow(BrimlineError);
  });
});

/** How a secret may stand in a text: each form that core's redact knows, and some that nobody should make of one. */
function formsOf(secret: string): Record<string, Buffer> {
  const bytes = Buffer.from(secret);
  const each = (write: (code: number) => string): string => [...bytes].map(write).join("");
  const hex = (code: number): string => code.toString(16).padStart(2, "0");
  /** What of base64 depends on nothing but the secret, when so many bytes stand before it. */
  const base64 = (before: number): string => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    return text.slice(Math.ceil((before * 4) / 3), Math.floor(((before + bytes.length) * 4) / 3));
  };
  const texts = {
    plain: secret,
    "base64, first": base64(0),
    "base64, second": base64(1),
    "base64, third": base64(2),
    base64url: bytes.toString("base64url"),
    hex: each(hex),
    "upper hex": each(hex).toUpperCase(),
    percent: each((code) => `%${hex(code)}`),
    "percent, twice": each((code) => `%25${hex(code)}`),
    json: each((code) => `\\u00${hex(code)}`),
    html: each((code) => `&#${code};`),
    "html, hex": each((code) => `&#x${hex(code)};`),
    reversed: Array.from(secret).toReversed().join(""),
  };
  const forms = Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)] as const);
  return { ...Object.fromEntries(forms), utf16: Buffer.from(secret, "utf16le") };
}

/** Which secrets an output has, in which form. */
const foundIn = (output: Buffer, secrets: Record<string, string>): string[] =>
  Object.entries(secrets).flatMap(([name, secret]) =>
    Object.entries(formsOf(secret)).flatMap(([form, bytes]) =>
      output.includes(bytes) ? [`${name} as ${form}`] : [],
    ),
  );

test("a secret is found in each of its forms", () => {
  const secret = "an-endpoint-key-that-has-no-known-shape";
  for (const [form, bytes] of Object.entries(formsOf(secret)))
    expect(foundIn(Buffer.concat([Buffer.from("x "), bytes]), { secret })).toContain(`secret as ${form}`);
});

describe("a job through the whole service", () => {
  const SECRETS: Record<string, string> = {
    adminKey: "an-admin-key-that-has-no-known-shape-0123456789",
    apiKey: "an-endpoint-key-that-has-no-known-shape",
    webhook: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  };
  const told: string[] = [];
  /** A receiver that repeats the headers that it got, as a debugging proxy would. */
  const receiver = createServer((request, response) => {
    request.setEncoding("utf8").on("data", (text: string) => told.push(text));
    told.push(JSON.stringify(request.headers));
    response.writeHead(500).end(JSON.stringify(request.headers));
  });
  const shop = workshop();
  let endpoint: Awaited<ReturnType<typeof startEndpoint>>;
  let posts = 0;
  /** A proxy that answers some requests with the key that they carried, in every form that redact knows. */
  const proxy = createServer((request, response) => {
    const isPost = request.method === "POST";
    if (isPost && ++posts > 5 && posts % 3 === 0) {
      const { reversed: _, utf16: _utf16, ...forms } = formsOf(SECRETS["apiKey"] ?? "");
      request.resume();
      response
        .writeHead(400, { "content-type": "text/plain" })
        .end(Object.values(forms).map(String).join(" "));
      return;
    }
    const { host: _host, ...headers } = request.headers;
    const passed = ask(new URL(request.url ?? "/", endpoint.url), { method: request.method, headers });
    passed.once("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.once("error", () => response.destroy());
    request.pipe(passed);
  });
  const urlOf = (server: typeof receiver): string =>
    `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  beforeAll(async () => {
    endpoint = await startEndpoint({ preset: PRESETS.quick });
    await Promise.all([receiver, proxy].map((server) => once(server.listen(0, "127.0.0.1"), "listening")));
  });
  afterAll(async () => {
    await shop.close();
    for (const server of [receiver, proxy]) {
      server.closeAllConnections();
      server.close();
    }
    await endpoint.close();
  });

  test(
    "has its id in every line of the log, and no secret in anything that it leaves or says",
    { timeout: 180_000 },
    async () => {
      const folder = await shop.folder();
      const service = await shop.service(folder, { adminKey: SECRETS["adminKey"] ?? "", logLevel: "debug" });
      const call = (path: string, init: RequestInit = {}, key = SECRETS["callerKey"]): Promise<Response> =>
        fetch(new URL(path, service.url), {
          ...init,
          headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
        });
      const body = JSON.stringify({ name: "ci", scopes: ["submit", "read"] });
      const made = await call("/v1/keys", { method: "POST", body }, SECRETS["adminKey"]);
      SECRETS["callerKey"] = ((await made.json()) as { key: string }).key;
      const accepted = await call("/v1/jobs", {
        method: "POST",
        body: JSON.stringify({
          endpoint: { url: `${urlOf(proxy)}/v1`, model: "sim-quick", apiKey: SECRETS["apiKey"] },
          workload: { inputTokens: 16, outputTokens: 8 },
          levels: [2],
          stop: { durationS: 1 },
          visibility: "public",
          webhook: { url: `${urlOf(receiver)}/hook`, secret: SECRETS["webhook"] },
        }),
      });
      const { id } = (await accepted.json()) as { id: string };
      const linesOf = (): Line[] => service.log.slice(1).map((line) => JSON.parse(line) as Line);
      const happened = (): string[] =>
        linesOf().map(({ msg, task }) => `${msg}${task === undefined ? "" : ` ${task}`}`);
      await expect
        .poll(
          async () => {
            await call(`/v1/jobs/${id}`);
            return happened();
          },
          { timeout: 120_000, interval: 500 },
        )
        .toEqual(
          expect.arrayContaining([
            "request",
            "job taken up",
            "task done preflight",
            "task done shard",
            "task done aggregate",
            "task done publish",
            "delivery",
            "job left",
          ]),
        );
      const [, ...ofJob] = linesOf();
      expect(ofJob.filter(({ jobId }) => jobId !== id)).toEqual([]);
      const request = ofJob.find(({ method }) => method === "POST");
      expect(request?.["requestId"]).toBe(accepted.headers.get("x-request-id"));

      const outputs = new Map<string, Buffer>([["log", Buffer.from(service.log.join("\n"))]]);
      for (const path of ["", "/report", "/events", "/records", "/downloads", "/deliveries"])
        outputs.set(`answer ${path}`, Buffer.from(await (await call(`/v1/jobs/${id}${path}`)).arrayBuffer()));
      outputs.set("usage", Buffer.from(await (await call("/v1/usage")).arrayBuffer()));
      outputs.set("webhook", Buffer.from(told.join("\n")));
      for (const file of await readdir(folder, { recursive: true, withFileTypes: true })) {
        if (!file.isFile()) continue;
        const path = join(file.parentPath, file.name);
        const bytes = await readFile(path);
        outputs.set(path, bytes);
        if (path.endsWith(".gz")) outputs.set(`${path}, unpacked`, gunzipSync(bytes));
        if (!path.endsWith(".parquet")) continue;
        const records = await shardRecords(diskStore(folder), relative(folder, path));
        outputs.set(`${path}, read`, Buffer.from(JSON.stringify(records)));
      }
      const brimline = fileURLToPath(new URL("../packages/cli/bin/brimline.mjs", import.meta.url));
      const printed = await promisify(execFile)(process.execPath, [brimline, "report", id, "--full"], {
        env: { ...process.env, BRIMLINE_SERVER: service.url, BRIMLINE_KEY: SECRETS["callerKey"] },
      });
      outputs.set("terminal", Buffer.from(printed.stdout + printed.stderr));
      const all = [...outputs.keys()].join("\n");
      for (const kind of ["site/r/", ".parquet, read", "deliveries/", "callers/"])
        expect(all).toContain(kind);
      // The endpoint's answers with its key are in there, without the key.
      expect(outputs.get("answer /report")?.includes("[secret]")).toBe(true);
      expect(printed.stdout).toContain("sim-quick");
      expect(
        [...outputs].flatMap(([name, output]) => foundIn(output, SECRETS).map((what) => `${name}: ${what}`)),
      ).toEqual([]);
    },
  );
});

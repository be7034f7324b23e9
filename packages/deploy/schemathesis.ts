import { startLocalService } from "@brimline/functions/local";
import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { described, type OpenApiDocument } from "@brimline/testkit/functions/described";
import { type Examples, examplesAt } from "@brimline/testkit/functions/examples";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/**
 * `node packages/deploy/schemathesis.ts [examples] [caller]` lets Schemathesis ask a whole service that needs a key what
 * its OpenAPI document allows and forbids, so many requests an operation (25 unless given), and exits with 1 where an
 * answer is not as the document says. It has the admin's key, or with `caller` one that may submit and read, of a caller
 * who has shown that the examples' endpoint is its own. Schemathesis is installed once, into a virtual environment in the user's cache.
 *
 * It is bounded: all happens on loopback, and what a job would load is a port where nobody listens, so that no load is
 * sent. The seed is fixed.
 */

const VERSION = "4.32.5";
const VENV = join(
  process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"),
  "brimline",
  `schemathesis-${VERSION}`,
);
const PROGRAM = join(VENV, "bin/schemathesis");
const LIMIT_MS = 600_000;
const run = promisify(execFile);

async function install(): Promise<void> {
  if (existsSync(PROGRAM)) return;
  process.stderr.write(`installing schemathesis ${VERSION} into ${VENV}\n`);
  await run("python3", ["-m", "venv", VENV]);
  await run(join(VENV, "bin/pip"), ["install", "--quiet", `schemathesis==${VERSION}`]);
}

/**
 * The document as Schemathesis gets it. The ids of its examples are those of what exists in the service, every
 * address in a request is the closed port, and patterns that its generator cannot read are left out.
 */
function bounded(
  { document, operations, placed }: Pick<Examples, "document" | "operations" | "placed">,
  closed: string,
): OpenApiDocument {
  const copy = structuredClone(document);
  const bodies = new Set(
    operations.flatMap(({ requestBody }) =>
      Object.values(requestBody?.content ?? {}).flatMap(({ schema }) =>
        "$ref" in schema ? String(schema.$ref).split("/").at(-1) : [],
      ),
    ),
  );
  for (const [name, schema] of Object.entries(copy.components.schemas)) {
    dropPatterns(schema);
    if (bodies.has(name)) setAddresses(schema, closed);
  }
  for (const { method, parameters = [], requestBody } of described(copy)) {
    for (const parameter of parameters) {
      // What is there is needed by the other operations, so nothing of it is deleted.
      if (method === "DELETE") delete parameter.example;
      if (parameter.example === undefined) continue;
      parameter.example = placed(String(parameter.example));
      if (parameter.in === "path")
        parameter.schema = { anyOf: [{ enum: [parameter.example] }, parameter.schema] };
    }
    for (const content of Object.values(requestBody?.content ?? {}))
      if (content.example !== undefined)
        content.example = JSON.parse(
          placed(JSON.stringify(content.example)).replace(/"http:[^"]*"/g, `"${closed}"`),
        );
  }
  return copy;
}

const ADDRESSES = new Set(["url", "metricsUrl"]);

function setAddresses(schema: object, closed: string): void {
  for (const [name, value] of Object.entries(schema) as [string, unknown][]) {
    if (typeof value !== "object" || value === null) continue;
    if (name === "properties")
      for (const field of Object.keys(value))
        if (ADDRESSES.has(field))
          (value as Record<string, unknown>)[field] = { type: "string", enum: [closed] };
    setAddresses(value, closed);
  }
}

function dropPatterns(schema: object): void {
  for (const [name, value] of Object.entries(schema) as [string, unknown][])
    if (name === "pattern" && typeof value === "string" && value.includes("\\p"))
      delete (schema as { pattern?: string }).pattern;
    else if (typeof value === "object" && value !== null) dropPatterns(value);
}

/**
 * A rule over several fields, such as identities whose indexes differ, is no part of JSON Schema, so a body that
 * fits its schema may get 422. So may one that asks for more than the service allows now.
 */
const configOf = (key: string, agentToken: string): string => `[checks]
positive_data_acceptance.expected-statuses = ["2xx", 401, 403, 404, 409, 410, 412, 422, 429]

[auth.openapi.key]
bearer = "${key}"

[auth.openapi.agentToken]
bearer = "${agentToken}"
`;

const ADMIN_KEY = "an-admin-key-for-schemathesis";

/** Makes a key of a caller, and gives what shows that an endpoint is the caller's. */
async function callerOf(serviceUrl: string): Promise<{ key: string; token: string }> {
  const post = async (path: string, as: string, body: object): Promise<unknown> =>
    (
      await fetch(new URL(path, serviceUrl), {
        method: "POST",
        headers: { authorization: `Bearer ${as}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      })
    ).json();
  const asked = { name: "caller", scopes: ["submit", "read"] };
  const { key } = (await post("/v1/keys", ADMIN_KEY, asked)) as { key: string };
  const job = { endpoint: { url: "http://127.0.0.1:8000/v1", model: "m" } };
  const { proof } = (await post("/v1/plan", key, job)) as { proof: { token: string } };
  return { key, token: proof.token };
}

/** An endpoint that shows this token, and answers everything else as another does. */
function shown(endpointUrl: string, token: string): Server {
  return createServer((asked, answer) => {
    if (asked.url === "/.well-known/brimline") {
      answer.end(token);
      return;
    }
    const { method, headers } = asked;
    const passed = request(new URL(asked.url ?? "", endpointUrl), { method, headers }, (from) => {
      answer.writeHead(from.statusCode ?? 502, from.headers);
      from.pipe(answer);
    });
    passed.on("error", () => answer.destroy());
    asked.pipe(passed);
  });
}

async function main(examples: number, as: string): Promise<number> {
  await install();
  const folder = await mkdtemp(join(tmpdir(), "brimline-schemathesis-"));
  const receiver = createServer((_, response) => response.writeHead(204).end());
  await once(receiver.listen(0, "127.0.0.1"), "listening");
  const { port } = receiver.address() as AddressInfo;
  const endpoint = await startEndpoint({ preset: PRESETS.quick });
  const service = await startLocalService({
    port: 0,
    dataDir: join(folder, "data"),
    certify: false,
    adminKey: ADMIN_KEY,
    requestsPerMinute: null,
  });
  const { key, token } = as === "caller" ? await callerOf(service.url) : { key: ADMIN_KEY, token: "" };
  const front = shown(endpoint.url, token);
  await once(front.listen(0, "127.0.0.1"), "listening");
  try {
    const receiverUrl = `http://127.0.0.1:${port}`;
    const made = await examplesAt({
      serviceUrl: service.url,
      endpointUrl: `http://127.0.0.1:${(front.address() as AddressInfo).port}/v1`,
      receiverUrl,
      model: "sim-quick",
      key,
    });
    await made.make();
    await new Promise((resolve) => receiver.close(resolve));
    const file = join(folder, "openapi.json");
    await writeFile(file, JSON.stringify(bounded(made, receiverUrl)));
    const config = join(folder, "schemathesis.toml");
    await writeFile(config, configOf(key, made.agentToken()));
    const child = spawn(
      PROGRAM,
      `--config-file ${config} run ${file} --url ${service.url} --phases examples,coverage,fuzzing --max-examples ${examples} --seed 1 --request-timeout 20`.split(
        " ",
      ),
      {
        cwd: folder,
        stdio: "inherit",
        timeout: LIMIT_MS,
        env: {
          ...process.env,
          SCHEMATHESIS_HOOKS: "schemathesis_service",
          PYTHONPATH: fileURLToPath(new URL(".", import.meta.url)),
        },
      },
    );
    const [code] = (await once(child, "exit")) as [number | null];
    return code ?? 1;
  } finally {
    await service.close();
    front.close();
    await endpoint.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

process.exitCode = await main(Number(process.argv[2] ?? 25), process.argv[3] ?? "admin");

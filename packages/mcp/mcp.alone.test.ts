import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { type SpawnedService, workshop } from "@brimline/testkit/functions/workshop";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

/** The SDK's own client against both doors: the program on its standard input, and `/mcp` of a service. */

const shop = workshop();
const KEY = "sk-mcp-4711";
const ADMIN = "bl_admin_mcp";
const BRIMLINE = fileURLToPath(new URL("../cli/bin/brimline.mjs", import.meta.url));
let endpoint: Awaited<ReturnType<typeof startEndpoint>>;
let service: SpawnedService;
const clients: Client[] = [];
/** All that any tool said. */
let said = "";

async function clientOf(transport: Transport): Promise<Client> {
  const client = new Client({ name: "test", version: "1" });
  await client.connect(transport);
  clients.push(client);
  return client;
}

beforeAll(async () => {
  endpoint = await startEndpoint({ preset: PRESETS.quick, faults: { apiKey: KEY } });
  service = await shop.service(await shop.folder(), { adminKey: ADMIN });
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await shop.close();
  await endpoint.close();
});

const byProgram = (): Promise<Client> =>
  clientOf(
    new StdioClientTransport({
      command: process.execPath,
      args: [
        BRIMLINE,
        "mcp",
        "--server",
        service.url,
        "--endpoint-key",
        `${new URL(endpoint.url).host}=ENDPOINT_KEY`,
      ],
      env: { ENDPOINT_KEY: KEY, BRIMLINE_KEY: ADMIN },
    }),
  );
const byHttp = (key: string): Promise<Client> =>
  clientOf(
    new StreamableHTTPClientTransport(new URL("/mcp", service.url), {
      requestInit: { headers: { authorization: `Bearer ${key}` } },
    }),
  );

async function call(
  client: Client,
  name: string,
  input: Record<string, unknown>,
): Promise<{ text: string; isError: boolean }> {
  const answer = await client.callTool({ name, arguments: input });
  const [content] = answer.content as { text: string }[];
  const text = content?.text ?? "";
  said += text;
  return { text, isError: answer.isError === true };
}

const TOOLS = ["compare_jobs", "list_jobs", "plan_job", "read_job", "read_report", "run_job"];

test("a job is planned, run, followed to its end, read and compared", { timeout: 120_000 }, async () => {
  const client = await byProgram();
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(TOOLS);
  const job = {
    url: endpoint.url,
    model: "sim-quick",
    users: [2],
    durationS: 1,
    inputTokens: 16,
    outputTokens: 8,
  };
  const plan = JSON.parse((await call(client, "plan_job", job)).text) as { levels: unknown[] };
  expect(plan.levels).toHaveLength(1);
  const ran = async (more: object): Promise<string> => {
    const { id } = JSON.parse((await call(client, "run_job", { ...job, ...more })).text) as { id: string };
    for (let tries = 0; tries < 3; tries++) {
      const { text } = await call(client, "read_job", { job: id, waitS: 30 });
      if ((JSON.parse(text) as { state: string }).state === "completed") break;
    }
    return id;
  };
  const baseline = await ran({});
  const id = await ran({ tags: ["mcp"], baseline });
  expect((await call(client, "read_report", { job: id })).text).toContain("2 users");
  const compared = await call(client, "compare_jobs", { baseline, job: id });
  expect(JSON.parse(compared.text)).toMatchObject({ verdict: expect.any(String) });

  const http = await byHttp(ADMIN);
  expect((await http.listTools()).tools).toHaveLength(TOOLS.length);
  expect(JSON.parse((await call(http, "list_jobs", { tag: "mcp" })).text)).toMatchObject([
    { id, state: "completed" },
  ]);
  expect(endpoint.log.length).toBeGreaterThan(3);
  expect(said).not.toContain(KEY);
  expect(said).not.toContain(ADMIN);
});

test("what is wrong comes back as a tool's error that says what to mend", async () => {
  const http = await byHttp(ADMIN);
  const unknown = await call(http, "read_job", { job: "a".repeat(20) });
  expect(unknown).toEqual({ isError: true, text: "There is nothing here: There is no job with this id." });
  const refused = await call(http, "plan_job", { url: "ftp://x", model: "m" });
  expect(refused).toMatchObject({ isError: true, text: expect.stringContaining("/endpoint/url: ") });
  const misspelt = await call(http, "read_report", { job: "no id" });
  expect(misspelt).toMatchObject({ isError: true, text: expect.stringContaining("must be a job's id") });
});

test("without the service's key nothing is answered, nor to a page of another site", async () => {
  await expect(byHttp("guess")).rejects.toThrow(/401|key is needed/i);
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });
  const answer = await fetch(new URL("/mcp", service.url), {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      authorization: `Bearer ${ADMIN}`,
      origin: "https://evil.example",
    },
  });
  expect(answer.status).toBe(403);
});

import { createClient } from "@brimline/client/client";
import { createMcpServer } from "@brimline/mcp/server";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { UsageError } from "../error.ts";
import type { McpFlags } from "../arguments/service.ts";
import { connect } from "../service.ts";

/** Speaks the Model Context Protocol on standard input and output until the input ends. */
export async function run({ endpointKey = [], ...flags }: McpFlags): Promise<number> {
  const keys = new Map(endpointKey.map(keyOf));
  const connection = await connect(flags);
  try {
    const { version }: { version: string } = JSON.parse(
      await readFile(new URL("../../../package.json", import.meta.url), "utf8"),
    );
    const client = createClient({ url: connection.client.url, key: connection.key });
    const server = createMcpServer({ client, version, keyFor: (host) => keys.get(host), sleep });
    await server.connect(new StdioServerTransport());
    await once(process.stdin, "end");
    await server.close();
    return 0;
  } finally {
    await connection.close();
  }
}

/** `host=NAME`: the environment variable NAME holds the key of the endpoint at this host and port. */
function keyOf(given: string): [host: string, key: string] {
  const [, host, name] = /^([^=\s/]+)=(\w+)$/.exec(given) ?? [];
  if (host === undefined || name === undefined)
    throw new UsageError(
      `--endpoint-key takes host=NAME, such as 127.0.0.1:8000=VLLM_KEY, and not "${given}"`,
    );
  const key = process.env[name];
  if (key === undefined) throw new UsageError(`--endpoint-key: the environment has no ${name}`);
  return [host, key];
}

import { createClient } from "@brimline/client/client";
import { createMcpServer } from "@brimline/mcp/server";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { UsageError } from "../error.ts";
import { untilInterrupted } from "../interrupt.ts";
import type { McpFlags } from "../arguments/service.ts";
import { connect } from "../service.ts";

/** Speaks the Model Context Protocol on standard input and output until the input ends, or Ctrl-C. */
export async function run({ endpointKey = [], ...flags }: McpFlags): Promise<number> {
  const keyFor = endpointKeys(endpointKey, process.env);
  const connection = await connect(flags);
  try {
    const { version }: { version: string } = JSON.parse(
      await readFile(new URL("../../../package.json", import.meta.url), "utf8"),
    );
    const client = createClient({ url: connection.client.url, key: connection.key });
    const server = createMcpServer({ client, version, keyFor, sleep });
    await server.connect(new StdioServerTransport());
    await Promise.race([once(process.stdin, "end"), untilInterrupted()]);
    await server.close();
    return 0;
  } finally {
    await connection.close();
  }
}

/**
 * The key of each endpoint by what `--endpoint-key` was given: `host=NAME`, where the environment variable NAME holds
 * the key. A host without a port is that of https, so that no model can have its key sent in the clear. What was given
 * is not repeated, because it may be the key itself.
 */
export function endpointKeys(
  given: string[],
  environment: NodeJS.ProcessEnv,
): (endpoint: URL) => string | undefined {
  const keys = new Map(
    given.map((text) => {
      const [, host = "", name = ""] = /^([^=\s/]+)=(\w+)$/.exec(text) ?? [];
      const at = URL.parse(`https://${host}`);
      const key = environment[name];
      if (at === null || key === undefined)
        throw new UsageError(
          `--endpoint-key takes host=NAME, such as 127.0.0.1:8000=VLLM_KEY: NAME is the environment variable that holds the key${at === null ? "" : `, and for ${host} there is none`}`,
        );
      return [placeOf(at), key] as const;
    }),
  );
  return (endpoint) => keys.get(placeOf(endpoint));
}

const placeOf = ({ hostname, port, protocol }: URL): string =>
  `${hostname}:${port || (protocol === "https:" ? "443" : "80")}`;

import { createClient } from "@brimline/client/client";
import { createMcpServer } from "@brimline/mcp/server";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import type { Context } from "hono";
import { setTimeout as sleep } from "node:timers/promises";
import type { Service } from "../service.ts";

/**
 * `POST /mcp` answers one message of the Model Context Protocol (streamable HTTP, without sessions). Its tools ask the
 * API as the caller does, with the same key, so they may do what the caller may. No endpoint's key can be given.
 */
export async function answerMcp(
  service: Service,
  fetch: (request: Request) => Response | Promise<Response>,
  c: Context,
): Promise<Response> {
  const key = /^bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? null;
  const client = createClient({
    url: service.config.publicUrl,
    key,
    fetch: async (request) => fetch(request),
  });
  const server = createMcpServer({
    client,
    version: service.config.generator.split(" ").at(-1) ?? "0",
    sleep,
  });
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  await server.connect(transport);
  try {
    return await transport.handleRequest(c.req.raw);
  } finally {
    await server.close();
  }
}

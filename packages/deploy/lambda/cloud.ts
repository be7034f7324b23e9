import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * A stand-in for the Lambda API that a function calls. It says what the account may do, and writes down which
 * functions were invoked.
 */
export interface Cloud {
  url: string;
  invoked: Invoked[];
  /** The status that `GetDurableExecution` gives from now on. */
  status: string;
  close(): void;
}

export interface Invoked {
  name: string;
  qualifier: string | null;
  execution: string | null;
  input: unknown;
}

export async function startCloud(concurrency: number): Promise<Cloud> {
  const invoked: Invoked[] = [];
  const cloud = { url: "", invoked, status: "RUNNING", close: () => void server.close() };
  const invoke = async (
    name: string,
    qualifier: string | null,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    const execution = headerOf(request, "x-amz-durable-execution-name");
    invoked.push({ name, qualifier, execution, input: await jsonOf(request) });
    response
      .writeHead(202, { "x-amz-durable-execution-arn": `${ARN}:${name}:7/durable-execution/${execution}/1` })
      .end();
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://cloud");
    const name = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(url.pathname)?.[1];
    if (name !== undefined) {
      void invoke(name, url.searchParams.get("Qualifier"), request, response);
      return;
    }
    response.setHeader("content-type", "application/json");
    if (url.pathname.includes("/durable-executions/")) response.end(JSON.stringify({ Status: cloud.status }));
    else
      response.end(
        JSON.stringify({
          AccountLimit: {
            ConcurrentExecutions: concurrency + 100,
            UnreservedConcurrentExecutions: concurrency,
          },
        }),
      );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  cloud.url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  return cloud;
}

const ARN = "arn:aws:lambda:eu-central-1:123456789012:function";

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const pieces = await Array.fromAsync(request as AsyncIterable<Buffer>);
  return JSON.parse(Buffer.concat(pieces).toString("utf8"));
}

const headerOf = (request: IncomingMessage, name: string): string | null => {
  const value = request.headers[name];
  return typeof value === "string" ? value : null;
};

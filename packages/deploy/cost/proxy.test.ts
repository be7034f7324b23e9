import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { S3_CALLER, startCountingProxy } from "./proxy.ts";

test("the proxy hands every request on as it came and counts it by who asks and for what, refused ones and faults too", async () => {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(
      `${request.method} ${request.url} ${request.headers.host} ${String(request.headers[S3_CALLER])}`,
    );
    response.writeHead(request.url?.includes("fault") === true ? 503 : 412).end("body");
    request.resume();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const proxy = await startCountingProxy(`http://127.0.0.1:${port}`, "pages");
  onTestFinished(async () => {
    await proxy.close();
    server.close();
  });
  const ask = async (method: string, path: string, caller: string | null, body?: string): Promise<string> => {
    const headers = caller === null ? {} : { [S3_CALLER]: caller };
    const init = { method, headers, ...(body !== undefined && { body }) };
    return (await fetch(`${proxy.endpoint}${path}`, init)).text();
  };

  expect(await ask("PUT", "/data/jobs/x/status.json", "Job", "12345")).toBe("body");
  await ask("GET", "/data/jobs/x/control.json", "Shard");
  await ask("GET", "/data/jobs/x/control.json", "Shard");
  await ask("GET", "/data?list-type=2&prefix=raw%2Fx%2F", "Job");
  await ask("PUT", "/pages/r/x/index.html", "Publish", "123");
  await ask("DELETE", "/data/open/fault", null);

  expect(proxy.take()).toEqual({
    asked: {
      Job: { "PUT status": 1, "LIST raw": 1 },
      Shard: { "GET control": 2 },
      Publish: { "PUT site": 1 },
      outside: { "DELETE open": 1 },
    },
    touched: {
      Job: ["PUT data jobs/x/status.json"],
      Shard: ["GET data jobs/x/control.json"],
      Publish: ["PUT site r/x/index.html"],
      outside: ["DELETE data open/fault"],
    },
    putBytes: 8,
    faults: 1,
  });
  expect(proxy.take()).toEqual({ asked: {}, touched: {}, putBytes: 0, faults: 0 });
  expect(heard[0]).toBe(`PUT /data/jobs/x/status.json ${new URL(proxy.endpoint).host} undefined`);
});

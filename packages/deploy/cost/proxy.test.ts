import { once } from "node:events";
import { createServer } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { startCountingProxy } from "./proxy.ts";

test("the proxy hands every request on as it came and counts it by what it asks for, refused ones and faults too", async () => {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(`${request.method} ${request.url} ${request.headers.host}`);
    response.writeHead(request.url?.includes("fault") === true ? 503 : 412).end("body");
    request.resume();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const proxy = await startCountingProxy(`http://127.0.0.1:${port}`, "pages");
  onTestFinished(async () => {
    await proxy.close();
    server.close();
  });
  const ask = async (method: string, path: string, body?: string): Promise<string> =>
    (await fetch(`${proxy.endpoint}${path}`, { method, ...(body !== undefined && { body }) })).text();

  expect(await ask("PUT", "/data/jobs/x/status.json", "12345")).toBe("body");
  await ask("GET", "/data/jobs/x/control.json");
  await ask("GET", "/data/jobs/x/control.json");
  await ask("GET", "/data?list-type=2&prefix=raw%2Fx%2F");
  await ask("PUT", "/pages/r/x/index.html", "123");
  await ask("DELETE", "/data/open/fault");

  expect(proxy.counted).toEqual({
    "PUT status": 1,
    "GET control": 2,
    "LIST raw": 1,
    "PUT site": 1,
    "DELETE open": 1,
  });
  expect(proxy.putBytes).toEqual({ status: 5, site: 3 });
  expect(proxy.faults).toBe(1);
  expect(heard[0]).toBe(`PUT /data/jobs/x/status.json ${new URL(proxy.endpoint).host}`);
});

import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createClient } from "./client.ts";

async function serverOf(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("a problem is told with its fields, and the key was sent", async () => {
  let authorization: string | undefined;
  const url = await serverOf(({ headers }, response) => {
    ({ authorization } = headers);
    response.writeHead(422, { "content-type": "application/problem+json" }).end(
      JSON.stringify({
        title: "Not valid",
        detail: "See errors.",
        errors: [{ pointer: "/levels", detail: "is empty" }],
      }),
    );
  });
  await expect(createClient(`${url}/`, "a-key").job("x")).rejects.toThrow(
    "Not valid: See errors.\n  /levels: is empty",
  );
  expect(authorization).toBe("Bearer a-key");
});

test("an answer that is no problem gives its status, and a page in the place of JSON is no service", async () => {
  let status = 502;
  const url = await serverOf((_, response) => response.writeHead(status).end("<html>"));
  await expect(createClient(url, null).job("x")).rejects.toThrow(`${url}: the service answered 502`);
  status = 200;
  await expect(createClient(url, null).job("x")).rejects.toThrow(
    `what answers at ${url} is no Brimline service`,
  );
});

test("a request that finds nobody is sent again, body and all, once there is a service", async () => {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    request.on("data", (part: Buffer) => void bodies.push(part.toString()));
    request.on("end", () => response.writeHead(404).end("{}"));
  });
  onTestFinished(() => void server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const client = createClient(`http://127.0.0.1:${port}`, null, async () => {
    await once(server.listen(port, "127.0.0.1"), "listening");
    return true;
  });
  await expect(client.compare({ a: "1", b: "2" }, undefined)).rejects.toThrow("answered 404");
  expect(bodies).toEqual(['{"a":"1","b":"2"}']);
});

import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { Sampled, SampleRow } from "../collector.ts";
import { collectorOf, finder } from "./server-metrics.ts";

async function served(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
}

test("nobody is asked where no address is given, and one that is no URL is refused", async () => {
  expect(await finder.find({}, () => {})).toBeNull();
  await expect(finder.find({ metrics: "localhost:8000" }, () => {})).rejects.toThrow(
    "--metrics must be a full URL",
  );
});

test("a server that starts later, gains columns and fails in between is read whenever it answers", async () => {
  const bodies = [
    null,
    "<html>",
    "vllm:num_requests_running 1\n",
    null,
    null,
    "vllm:num_requests_running 2\nvllm:num_requests_waiting 3\n",
    "vllm:num_requests_running 4\nvllm:num_requests_waiting 5\n",
  ];
  let asked = 0;
  const url = await served((_, response) => {
    const body = bodies[Math.min(asked++, bodies.length - 1)] ?? null;
    response.writeHead(body === null ? 503 : 200).end(body ?? "");
  });
  const said: string[] = [];
  const seen: (SampleRow | string[])[] = [];
  const collector = await collectorOf(url, (line) => said.push(line), 10);
  expect(collector).toMatchObject({ source: "server", columns: [], identities: [{ name: "server" }] });
  const running = collector.start(
    ([, ...row]) => void seen.push(row),
    ({ identities, columns }: Omit<Sampled, "source">) =>
      void seen.push([...identities, ...columns].map(({ name }) => name)),
  );
  await expect.poll(() => seen.length, { interval: 10 }).toBeGreaterThanOrEqual(5);
  running.stop();
  expect(seen.slice(0, 5)).toEqual([
    ["vLLM", "running"],
    [0, 1],
    ["vLLM", "running", "waiting"],
    [0, 2, 3],
    [0, 4, 5],
  ]);
  expect(said).toEqual([
    "the server's own metrics are not read: it has no metrics in Prometheus's text format; asking again",
    "the server's own metrics are not read: it answered with an error; asking again",
  ]);
});

test.each<[string, RequestListener, string]>([
  ["redirects", (_, response) => void response.writeHead(302, { location: "/" }).end(), "it redirects"],
  [
    "never ends",
    (_, response) => {
      const piece = "x 1\n".repeat(16_000);
      const more = (): void => {
        while (!response.destroyed && response.write(piece));
      };
      response.on("drain", more);
      more();
    },
    "its answer was too large",
  ],
  ["hangs up", (request) => void request.socket.destroy(), "it could not be connected to"],
])("a server that %s is said to, once", async (_, listener, text) => {
  const said: string[] = [];
  const collector = await collectorOf(await served(listener), (line) => said.push(line), 10);
  const running = collector.start(
    () => {},
    () => {},
  );
  await expect.poll(() => said.length, { interval: 10 }).toBe(1);
  running.stop();
  expect(said[0]).toContain(text);
});

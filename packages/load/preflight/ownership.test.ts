import { NO_SECRETS } from "@brimline/core/job/spec/endpoint-secrets";
import { JobSpec } from "@brimline/core/job/spec/spec";
import { Secret } from "@brimline/core/secret";
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createGuard } from "../guard/guard.ts";
import { type ResolveTxt, unproved } from "./ownership.ts";

const TOKEN = `brimline-${"0f".repeat(16)}`;
const secrets = { ...NO_SECRETS, apiKey: new Secret("sk-endpoint-key") };
const noTxt: ResolveTxt = () => Promise.reject(new Error("ENOTFOUND"));

interface Asked {
  problem: Awaited<ReturnType<typeof unproved>>;
  requests: IncomingMessage[];
  names: string[];
}

async function asked(listener: RequestListener, resolveTxt = noTxt, host = "127.0.0.1"): Promise<Asked> {
  const requests: IncomingMessage[] = [];
  const names: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    listener(request, response);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://${host}:${(server.address() as AddressInfo).port}/v1`;
  const problem = await unproved({
    spec: JobSpec.parse({ endpoint: { url, model: "m" } }),
    secrets,
    // The name leads to this machine, whatever its resolver says.
    guard: createGuard({ profile: "local", resolve: async () => [{ address: "127.0.0.1", family: 4 }] }),
    token: TOKEN,
    asks: "A job beyond 8 users and 60 s needs proof.",
    resolveTxt: (name) => {
      names.push(name);
      return resolveTxt(name);
    },
  });
  return { problem, requests, names };
}

const saying =
  (body: string, status = 200, headers: Record<string, string> = {}): RequestListener =>
  (_, response) =>
    void response.writeHead(status, headers).end(body);

test.each<[string, RequestListener, string | null]>([
  ["the token", saying(TOKEN), null],
  ["it among others, with line ends of Windows", saying(`brimline-other\r\n${TOKEN}\r\n`), null],
  ["nothing", saying("", 404), "answered 404"],
  ["it in a page of an error", saying(TOKEN, 500), "answered 500"],
  ["a redirect to itself", saying(TOKEN, 302, { location: "/.well-known/brimline" }), "answered 302"],
  ["another caller's", saying(`brimline-${"1f".repeat(16)}`), "does not have it"],
  ["it within a longer word", saying(`x${TOKEN}`), "does not have it"],
  ["it after 4 KiB", saying(`${"x\n".repeat(3000)}${TOKEN}`), "does not have it"],
  [
    "no end",
    (_, response) => {
      const more = setInterval(() => response.write("x".repeat(1e5)), 1);
      response.once("close", () => clearInterval(more));
    },
    "does not have it",
  ],
  ["by hanging up", (request) => request.socket.destroy(), "gave no answer"],
])("an endpoint that answers %s", async (_, listener, said) => {
  const { problem, requests, names } = await asked(listener);
  expect(requests.map(({ url, headers }) => [url, headers.authorization])).toEqual([
    ["/.well-known/brimline", undefined],
  ]);
  // An address has no name to ask for.
  expect(names).toEqual([]);
  if (said === null) expect(problem).toBeNull();
  else expect(problem?.detail).toContain(`${TOKEN} on a line of its own at http://127.0.0.1:`);
  if (said !== null) expect(problem?.detail).toContain(`The first ${said}.`);
});

test.each<[string, ResolveTxt, boolean]>([
  ["the token, in parts", async () => [["v=spf1"], [TOKEN.slice(0, 9), TOKEN.slice(9)]], true],
  ["another's", async () => [[`brimline-${"1f".repeat(16)}`]], false],
  ["nothing", noTxt, false],
])("a TXT record with %s", async (_, resolveTxt, isProof) => {
  const { problem, names } = await asked(saying("", 404), resolveTxt, "llm.test");
  expect(names).toEqual(["_brimline.llm.test"]);
  if (isProof) expect(problem).toBeNull();
  else
    expect(problem).toMatchObject({
      code: "unproved",
      detail: expect.stringMatching(
        /^A job beyond 8 users and 60 s needs proof\. Put brimline-[0-9a-f]{32} on a line of its own at http:\/\/llm\.test:\d+\/\.well-known\/brimline, or in a TXT record of _brimline\.llm\.test, and submit the job again\. The first answered 404, and the record does not have it\.$/,
      ),
    });
});

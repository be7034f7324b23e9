import { NO_SECRETS } from "@brimline/core/job/spec/endpoint-secrets";
import { type JobRequest, JobSpec } from "@brimline/core/job/spec/spec";
import { Secret } from "@brimline/core/secret";
import { hasOpenssl, ownAuthority } from "@brimline/testkit/load/authority";
import { tlsFront } from "@brimline/testkit/load/tls-front";
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { createGuard, type Guard } from "../guard/guard.ts";
import { type ResolveTxt, unproved } from "./ownership.ts";

const TOKEN = `brimline-${"0f".repeat(16)}`;
const secrets = { ...NO_SECRETS, apiKey: new Secret("sk-endpoint-key") };
const noTxt: ResolveTxt = () => Promise.reject(new Error("ENOTFOUND"));

interface Asked {
  problem: Awaited<ReturnType<typeof unproved>>;
  requests: IncomingMessage[];
  names: string[];
}

/** The names lead to this machine, whatever its resolver says. */
const guard = createGuard({ profile: "local", resolve: async () => [{ address: "127.0.0.1", family: 4 }] });

async function asked(
  listener: RequestListener,
  resolveTxt = noTxt,
  at: (port: number) => Promise<{ endpoint: JobRequest["endpoint"]; guard: Guard }> = async (port) => ({
    endpoint: { url: `http://127.0.0.1:${port}/v1`, model: "m" },
    guard,
  }),
): Promise<Asked> {
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
  const { endpoint, ...by } = await at((server.address() as AddressInfo).port);
  const problem = await unproved({
    spec: JobSpec.parse({ endpoint }),
    secrets,
    ...by,
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
  if (said !== null) expect(problem?.detail).toContain(`The address ${said}.`);
});

test("a TXT record proves nothing of a plain server, at which anybody may point a name", async () => {
  const { problem, names } = await asked(
    saying("", 404),
    async () => [[TOKEN]],
    async (port) => ({ endpoint: { url: `http://llm.test:${port}/v1`, model: "m" }, guard }),
  );
  expect(names).toEqual([]);
  expect(problem?.detail).toMatch(
    /^A job beyond 8 users and 60 s needs proof\. Put brimline-[0-9a-f]{32} on a line of its own at http:\/\/llm\.test:\d+\/\.well-known\/brimline \(a TXT record counts only for an https URL with a name and a certificate that a public authority signed\), and submit the job again\. The address answered 404\.$/,
  );
});

describe.skipIf(!hasOpenssl)("behind TLS, a TXT record", () => {
  const { ca, issued } = ownAuthority("llm.test");
  /** A guard that trusts the authority by itself, as it trusts public ones. */
  const trusting: Guard = {
    ...guard,
    connect: ({ tls, ...options }) => guard.connect({ ...options, tls: { ca: ca.toString(), ...tls } }),
  };
  const behindTls =
    (by: Guard, tls?: { ca: string }) =>
    async (port: number): Promise<{ endpoint: JobRequest["endpoint"]; guard: Guard }> => {
      const front = await tlsFront(`http://127.0.0.1:${port}/v1`, issued["llm.test"]);
      onTestFinished(() => front.close());
      return {
        endpoint: { url: front.url.replace("localhost", "llm.test"), model: "m", ...(tls && { tls }) },
        guard: by,
      };
    };

  test.each<[string, ResolveTxt, boolean]>([
    ["the token, in parts", async () => [["v=spf1"], [TOKEN.slice(0, 9), TOKEN.slice(9)]], true],
    ["another's", async () => [[`brimline-${"1f".repeat(16)}`]], false],
    ["nothing", noTxt, false],
  ])("with %s", async (_, resolveTxt, isProof) => {
    const { problem, names } = await asked(saying("", 404), resolveTxt, behindTls(trusting));
    expect(names).toEqual(["_brimline.llm.test"]);
    if (isProof) expect(problem).toBeNull();
    else
      expect(problem).toMatchObject({
        code: "unproved",
        detail: expect.stringMatching(
          /^A job beyond 8 users and 60 s needs proof\. Put brimline-[0-9a-f]{32} on a line of its own at https:\/\/llm\.test:\d+\/\.well-known\/brimline, or in a TXT record of _brimline\.llm\.test, and submit the job again\. The first answered 404, and the record does not have it\.$/,
        ),
      });
  });

  test("proves nothing where the caller says itself whose certificates to trust", async () => {
    const own = behindTls(guard, { ca: ca.toString() });
    const { problem, names } = await asked(saying("", 404), async () => [[TOKEN]], own);
    expect([problem?.code, names]).toEqual(["unproved", []]);
    expect((await asked(saying(TOKEN), noTxt, own)).problem).toBeNull();
  });
});

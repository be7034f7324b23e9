import type { JobRequest } from "@brimline/core/job/spec/spec";
import { hasOpenssl, ownAuthority } from "@brimline/testkit/load/authority";
import { parted, shardOf } from "@brimline/testkit/load/level";
import { quick, type Scripted, scriptedEndpoint } from "@brimline/testkit/load/scripted";
import { tlsFront } from "@brimline/testkit/load/tls-front";
import type { TlsOptions } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGuard } from "../guard/guard.ts";
import { preflight } from "./preflight.ts";

type Tls = NonNullable<JobRequest["endpoint"]["tls"]>;

describe.skipIf(!hasOpenssl)("an endpoint behind TLS", () => {
  const own = ownAuthority("localhost", "client", "other.example.org");
  const stranger = ownAuthority("client");
  const ca = own.ca.toString();
  const pem = ({ cert, key }: { cert: Buffer; key: Buffer }): Tls => ({
    cert: cert.toString(),
    key: key.toString(),
  });
  const asking: TlsOptions = { ca: own.ca, requestCert: true, rejectUnauthorized: true };
  const { localhost, client } = own.issued;
  let endpoint: Scripted;
  beforeAll(async () => {
    endpoint = await scriptedEndpoint(quick);
  });
  afterAll(() => endpoint.close());

  const jobAt = (url: string, tls?: Tls): JobRequest => ({
    endpoint: { url, model: "m", ...(tls && { tls }) },
    levels: [1],
  });

  async function rejection(server: TlsOptions, tls?: Tls): Promise<string> {
    const front = await tlsFront(endpoint.url, server);
    const found = await preflight({
      ...parted(jobAt(front.url, tls)),
      guard: createGuard({ profile: "local" }),
    });
    await front.close();
    return `${found?.problem?.title}: ${found?.problem?.detail}`;
  }

  test.each<[string, TlsOptions, Tls | undefined]>([
    ["an authority of its own", { ...localhost }, { ca }],
    ["clients that it knows", { ...localhost, ...asking }, { ca, ...pem(client) }],
    ["both, with TLS 1.2", { ...localhost, ...asking, maxVersion: "TLSv1.2" }, { ca, ...pem(client) }],
  ])("that has %s is preflighted and loaded", async (_fact, server, tls) => {
    const front = await tlsFront(endpoint.url, server);
    const job = jobAt(front.url, tls);
    const found = await preflight({ ...parted(job), guard: createGuard({ profile: "local" }) });
    const { records } = await shardOf(front.url, { users: 2, requests: 4, job });
    await front.close();
    expect(found?.problem).toBeNull();
    expect(records.map(({ outcome }) => outcome)).toEqual(["ok", "ok", "ok", "ok"]);
  });

  test.each<[string, TlsOptions, Tls | undefined, RegExp]>([
    [
      "an authority that nobody named",
      { ...localhost },
      undefined,
      /^TLS with localhost:\d+ failed: .*authority that is not known here.*endpoint\.tls\.ca .*--ca names/,
    ],
    [
      "another authority than the one that was named",
      { ...localhost },
      { ca: stranger.ca.toString() },
      /authority that is not known here/,
    ],
    [
      "clients with certificates, and the job has none",
      { ...localhost, ...asking },
      { ca },
      /asks for a client certificate.*endpoint\.tls\.cert .*--cert and --cert-key/,
    ],
    [
      "clients with certificates, and the job has none, with TLS 1.2",
      { ...localhost, ...asking, maxVersion: "TLSv1.2" },
      { ca },
      /wants a client certificate.*--cert and --cert-key/,
    ],
    [
      "clients with certificates, and does not know that of the job",
      { ...localhost, ...asking },
      { ca, ...pem(stranger.issued.client) },
      /closes connections.*wants a client certificate, or another one \(--cert/,
    ],
    ["the name of another", { ...own.issued["other.example.org"] }, { ca }, /for another name/],
  ])("that has %s is rejected with the fix", async (_fact, server, tls, words) =>
    expect(await rejection(server, tls)).toMatch(words),
  );

  test("that is none is rejected with the fix", async () => {
    const url = endpoint.url.replace("http:", "https:");
    const found = await preflight({ ...parted(jobAt(url)), guard: createGuard({ profile: "local" }) });
    expect(found?.problem?.detail).toMatch(/does not speak TLS here\. Write endpoint\.url with http:/);
  });

  test.each([
    [
      "nginx asks for a client certificate",
      "<center>No required SSL certificate was sent</center>",
      "unauthorized",
      "--cert and --cert-key",
    ],
    [
      "nginx wants TLS",
      "<center>The plain HTTP request was sent to HTTPS port</center>",
      "unreachable",
      "https://",
    ],
    ["Go wants TLS", "Client sent an HTTP request to an HTTPS server.", "unreachable", "https://"],
  ])("that says so in HTTP, as %s, is rejected with the fix", async (_fact, says, code, fix) => {
    const front = await scriptedEndpoint((response) =>
      response.writeHead(400, { "content-type": "text/html" }).end(says),
    );
    const found = await preflight({ ...parted(jobAt(front.url)), guard: createGuard({ profile: "local" }) });
    await front.close();
    expect(found).toMatchObject({ requests: 1, problem: { code } });
    expect(found?.problem?.detail).toContain(fix);
  });
});

import { hasOpenssl, ownAuthority } from "@brimline/testkit/load/authority";
import { JOB, type Sent, testbed, typeOf } from "@brimline/testkit/functions/testbed";
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { endpointSecrets } from "../../tasks/endpoint-secrets.ts";

describe.skipIf(!hasOpenssl)("the PEM texts of a job", () => {
  const { ca, issued } = ownAuthority("client", "other");
  const text = ca.toString();
  const [cert, key] = [issued.client.cert.toString(), issued.client.key.toString()];
  const locked = generateKeyPairSync("ec", {
    namedCurve: "prime256v1",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "hunter2" },
  }).privateKey;
  const at = (tls: object, url = "https://127.0.0.1:8443/v1"): object => ({
    ...JOB,
    endpoint: { ...JOB.endpoint, url, tls },
  });
  const errorsOf = (sent: Sent): string[] =>
    ((sent.json?.["errors"] ?? []) as { pointer: string; detail: string }[]).map(
      ({ pointer, detail }) => `${pointer} ${detail}`,
    );

  test.each<[string, object, RegExp]>([
    ["an authority that is no PEM", { ca: "hello" }, /^\/endpoint\/tls\/ca must be PEM/],
    [
      "a damaged certificate",
      { ca: text.replace(/\n.{20}/, "\nAAAAAAAAAAAAAAAAAAAA") },
      /^\/endpoint\/tls\/ca has a certificate that cannot be read/,
    ],
    ["a key where the authority belongs", { ca: text + key }, /^\/endpoint\/tls\/ca has a private key/],
    ["a key beside its certificate", { cert: cert + key, key }, /^\/endpoint\/tls\/cert has a private key/],
    ["a certificate without a key", { cert }, /^\/endpoint\/tls\/key is required beside cert/],
    ["a key without a certificate", { key }, /^\/endpoint\/tls\/cert is required beside key/],
    ["a key that is none", { cert, key: cert }, /^\/endpoint\/tls\/key must be a private key/],
    [
      "a key with a passphrase",
      { cert, key: locked },
      /^\/endpoint\/tls\/key has a passphrase.*openssl pkey/,
    ],
    [
      "the key of another certificate",
      { cert, key: issued.other.key.toString() },
      /^\/endpoint\/tls\/key is not the key of cert/,
    ],
    [
      "a text that is too long",
      { ca: text.repeat(200) },
      /^\/endpoint\/tls\/ca must have at most 65536 char/,
    ],
  ])("are refused with one error for %s, which quotes nothing", async (_fact, tls, words) => {
    const { send, objects } = await testbed();
    const sent = await send("POST", "/v1/jobs", at(tls));
    expect([sent.status, typeOf(sent)]).toEqual([422, "invalid_request"]);
    expect(errorsOf(sent)).toEqual([expect.stringMatching(words)]);
    expect(sent.text).not.toContain(key.slice(40, 80));
    expect((await objects()).size).toBe(0);
  });

  test("are refused for an endpoint without TLS", async () => {
    const { send } = await testbed();
    const sent = await send("POST", "/v1/jobs", at({ ca: text }, "http://127.0.0.1:8000/v1"));
    expect(errorsOf(sent)).toEqual([expect.stringMatching(/^\/endpoint\/tls is of no use without TLS/)]);
  });

  test("are stored with the job, and only the key is sealed", async () => {
    const { send, objects, service } = await testbed();
    const sent = await send("POST", "/v1/jobs", at({ ca: text, cert, key }));
    const id = String(sent.json?.["id"]);
    const stored = await objects();
    expect(JSON.parse(stored.get(`jobs/${id}/spec.json`) ?? "").spec.endpoint.tls).toEqual({
      ca: text,
      cert,
    });
    expect((await endpointSecrets(service, id)).tlsKey?.reveal()).toBe(key);
    const line = key.split("\n")[1] ?? "";
    for (const each of [sent.text, ...stored.values()]) expect(each).not.toContain(line);
  });
});

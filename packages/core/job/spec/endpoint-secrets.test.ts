import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { BrimlineError } from "../../error.ts";
import { redact } from "../../redact.ts";
import { Secret } from "../../secret.ts";
import { isSecretPair } from "./credential.ts";
import {
  credentialHeaders,
  namesOf,
  NO_SECRETS,
  partEndpoint,
  sealedText,
  seenSecrets,
  unsealed,
} from "./endpoint-secrets.ts";
import { Endpoint } from "./spec.ts";

const WHOLE = Endpoint.parse({
  url: "https://us3r:pa%20ss%2Fword@host.example/v1?api-version=2024-10-21&sig=a%2Fb%2Bc",
  model: "m",
  apiKey: "k3y",
  apiKeyHeader: "Api-Key",
  secretHeaders: { "X-Tenant": "ten4nt" },
  headers: { "x-team": "blue" },
});

describe("the secrets of an endpoint", () => {
  const { endpoint, secrets } = partEndpoint(WHOLE);

  test("are apart from what is stored", () => {
    expect(endpoint).toEqual({
      url: "https://host.example/v1?api-version=2024-10-21",
      model: "m",
      api: "auto",
      apiKeyHeader: "Api-Key",
      showHost: false,
      headers: { "x-team": "blue" },
    });
    expect(inspect(secrets, { depth: 5 }) + JSON.stringify(secrets)).not.toMatch(/k3y|ss\/word|ten4nt|a%2Fb/);
  });

  test("are the same when they were sealed and opened", () => {
    const text = sealedText(secrets);
    expect(text).not.toBeNull();
    const opened = unsealed(text ?? new Secret(""));
    expect(credentialHeaders(endpoint, opened)).toEqual(credentialHeaders(endpoint, secrets));
    expect(opened.query.map((pair) => pair.reveal())).toEqual(["sig=a%2Fb%2Bc"]);
  });

  test("travel in their headers", () =>
    expect(credentialHeaders(endpoint, secrets)).toEqual({
      "api-key": "k3y",
      authorization: `Basic ${Buffer.from("us3r:pa ss/word").toString("base64")}`,
      "x-tenant": "ten4nt",
    }));

  test("are each taken out of a text that repeats them", () => {
    const basic = Buffer.from("us3r:pa ss/word").toString("base64");
    const said = ["k3y", "pa ss/word", "pa%20ss%2Fword", basic, "ten4nt", "a/b+c", "a%2Fb%2Bc"];
    expect(redact(said.join(" | "), seenSecrets(secrets))).toBe(said.map(() => "[secret]").join(" | "));
  });

  test("have names that a caller knows", () =>
    expect(namesOf(secrets)).toEqual([
      "endpoint.apiKey",
      "user name and password",
      "secret header x-tenant",
      "secret in the URL's query",
    ]));

  test("are a key in place of a user name, where there is no password", () => {
    const { secrets: bare } = partEndpoint(Endpoint.parse({ url: "https://sk_live@h/v1", model: "m" }));
    expect(seenSecrets(bare).map((each) => each.reveal())).toEqual(["sk_live", btoa("sk_live:")]);
  });

  test("are nothing to seal where there are none", () => expect(sealedText(NO_SECRETS)).toBeNull());

  test("that another version sealed are refused, and not quoted", () => {
    expect(() => unsealed(new Secret("sk-plain-key"))).toThrow(BrimlineError);
    expect(() => unsealed(new Secret("sk-plain-key"))).not.toThrow(/plain/);
  });
});

test.each([
  ["key=s3cret", true],
  ["subscription-key=1234", true],
  ["accessToken=1234", true],
  ["x-amz-signature=1234", true],
  ["sig=1234", true],
  ["code=1234", true],
  ["auth=1234", true],
  ["v=sk-proj-abcdefghijkl", true],
  ["v=Zq7xR2k9wTZq7xR2k9wTZq7x", true],
  ["api%2Dkey=1234", true],
  ["key=", false],
  ["key", false],
  ["api-version=2024-10-21", false],
  ["api-version=2025-01-01-preview", false],
  ["deployment=my-llama-3.1-8b", false],
  ["region=westeurope", false],
  ["keyboard=de", false],
  ["n=%", false],
])("the pair %s of a query is a secret: %s", (pair, is) => expect(isSecretPair(pair)).toBe(is));

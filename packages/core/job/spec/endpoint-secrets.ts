import { z } from "zod";
import { dialectOf } from "../../dialect/dialects.ts";
import { BrimlineError } from "../../error.ts";
import { Secret } from "../../secret.ts";
import { basicToken, keyHeader, pairValue } from "./credential.ts";
import type { Endpoint } from "./spec.ts";
import { endpointAddress } from "./url.ts";

/** What only the endpoint may see. A job is stored without it, and it lies sealed until the job ends. */
export interface EndpointSecrets {
  apiKey: Secret | null;
  /** `user:password` of HTTP Basic. */
  basic: Secret | null;
  /** The values of headers by their names in lower case. */
  headers: Record<string, Secret>;
  /** Pairs of the URL's query, as they are sent. */
  query: Secret[];
  /** The key of the client's TLS certificate, PEM. It is used here and never sent. */
  tlsKey: Secret | null;
}

export const NO_SECRETS: EndpointSecrets = {
  apiKey: null,
  basic: null,
  headers: {},
  query: [],
  tlsKey: null,
};

/** The most bytes that all secrets of an endpoint may have together. */
export const SECRETS_MAX_BYTES = 64 * 1024;

const secretOf = (text: string | null | undefined): Secret | null => (text == null ? null : new Secret(text));

/** Takes the secrets out of an endpoint, and writes its URL in one spelling. The URL must be one. */
export function partEndpoint(endpoint: Endpoint): { endpoint: Endpoint; secrets: EndpointSecrets } {
  const { apiKey, basic, secretHeaders = {}, tls, ...open } = endpoint;
  const { key: tlsKey, ...openTls } = tls ?? {};
  const address = endpointAddress(endpoint.url, endpoint.api);
  if ("problem" in address) throw new BrimlineError("internal", `endpoint.url ${address.problem}`);
  return {
    endpoint: { ...open, url: address.url, api: address.api, ...(tls !== undefined && { tls: openTls }) },
    secrets: {
      apiKey: secretOf(apiKey),
      basic: secretOf(basic ?? address.basic),
      headers: Object.fromEntries(
        Object.entries(secretHeaders).map(([name, value]) => [name.toLowerCase(), new Secret(value)]),
      ),
      query: address.secretQuery.map((pair) => new Secret(pair)),
      tlsKey: secretOf(tlsKey),
    },
  };
}

/** The headers that carry secrets. */
export const credentialHeaders = (
  { api, apiKeyHeader }: Pick<Endpoint, "api" | "apiKeyHeader">,
  { apiKey, basic, headers }: EndpointSecrets,
): Record<string, string> => ({
  ...(apiKey !== null && keyHeader(apiKey.reveal(), apiKeyHeader ?? dialectOf(api).keyHeader)),
  ...(basic !== null && { authorization: `Basic ${basicToken(basic.reveal())}` }),
  ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()])),
});

/** Every form in which the endpoint sees a secret, and could repeat it. */
export function seenSecrets({ apiKey, basic, headers, query }: EndpointSecrets): Secret[] {
  const [user = "", ...password] = basic?.reveal().split(":") ?? [];
  // Some services take a key as the user name, without a password.
  const word = password.join(":") || user;
  const texts = [
    ...(basic === null || word === "" ? [] : [word, basicToken(basic.reveal())]),
    ...query.map((pair) => pairValue(pair.reveal())),
  ];
  return [
    ...(apiKey === null ? [] : [apiKey]),
    ...Object.values(headers),
    ...texts.map((text) => new Secret(text)),
  ];
}

/** Which secrets are sent, as a caller knows them. */
export const namesOf = ({ apiKey, basic, headers, query }: EndpointSecrets): string[] => [
  ...(apiKey === null ? [] : ["endpoint.apiKey"]),
  ...(basic === null ? [] : ["user name and password"]),
  ...Object.keys(headers).map((name) => `secret header ${name}`),
  ...(query.length === 0 ? [] : ["secret in the URL's query"]),
];

/** Where a job has secrets, as JSON Pointers. One in the URL's query is of its URL. */
export const secretFields = ({ apiKey, basic, headers, query, tlsKey }: EndpointSecrets): string[] => [
  ...(apiKey === null ? [] : ["/endpoint/apiKey"]),
  ...(basic === null ? [] : ["/endpoint/basic"]),
  ...Object.keys(headers).map((name) => `/endpoint/secretHeaders/${name}`),
  ...(query.length === 0 ? [] : ["/endpoint/url"]),
  ...(tlsKey === null ? [] : ["/endpoint/tls/key"]),
];

const Sealed = z.strictObject({
  apiKey: z.string().nullable(),
  basic: z.string().nullable(),
  headers: z.record(z.string(), z.string()),
  query: z.array(z.string()),
  tlsKey: z.string().nullable(),
});

/** The secrets as one text to be sealed. It is null where there are none. */
export function sealedText(secrets: EndpointSecrets): Secret | null {
  const { apiKey, basic, headers, query, tlsKey } = secrets;
  if (tlsKey === null && namesOf(secrets).length === 0) return null;
  const text = {
    apiKey: apiKey?.reveal() ?? null,
    basic: basic?.reveal() ?? null,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()])),
    query: query.map((pair) => pair.reveal()),
    tlsKey: tlsKey?.reveal() ?? null,
  } satisfies z.infer<typeof Sealed>;
  return new Secret(JSON.stringify(text));
}

/** The secrets that `sealedText` wrote. It throws a BrimlineError `secret_unavailable` for another text. */
export function unsealed(text: Secret): EndpointSecrets {
  const { apiKey, basic, headers, query, tlsKey } = parsed(text);
  return {
    apiKey: secretOf(apiKey),
    basic: secretOf(basic),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, new Secret(value)])),
    query: query.map((pair) => new Secret(pair)),
    tlsKey: secretOf(tlsKey),
  };
}

function parsed(text: Secret): z.infer<typeof Sealed> {
  try {
    return Sealed.parse(JSON.parse(text.reveal()));
  } catch {
    // The error would quote the text.
    throw new BrimlineError(
      "secret_unavailable",
      "the endpoint's secrets were sealed by another version of the service; submit the job again",
    );
  }
}

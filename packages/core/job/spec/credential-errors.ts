import { dialectOf } from "../../dialect/dialects.ts";
import { hasCredentialName } from "./credential.ts";
import { SECRETS_MAX_BYTES } from "./endpoint-secrets.ts";
import { type FieldError, pointerOf } from "./issues.ts";
import type { Endpoint } from "./spec.ts";
import { type EndpointAddress, endpointAddress } from "./url.ts";

/** What is wrong with an endpoint's URL and with what proves who asks. */
export function endpointErrors(endpoint: Endpoint): FieldError[] {
  const address = endpointAddress(endpoint.url, endpoint.api);
  if ("problem" in address) return [{ pointer: "/endpoint/url", detail: address.problem }];
  const { tls } = endpoint;
  return [
    ...openErrors(endpoint),
    ...takenErrors(endpoint, address),
    ...sizeErrors(endpoint),
    ...(tls !== undefined && address.url.startsWith("http:")
      ? [{ pointer: "/endpoint/tls", detail: "is of no use without TLS: write endpoint.url with https://" }]
      : []),
  ];
}

const openErrors = ({ headers = {} }: Endpoint): FieldError[] =>
  Object.keys(headers)
    .filter(hasCredentialName)
    .map((name) => ({
      pointer: pointerOf(["endpoint", "headers", name]),
      detail:
        "looks like a credential: give it in secretHeaders, or as apiKey with apiKeyHeader. These are sealed and never shown",
    }));

/** Each header is sent once. Who comes first in this list keeps it. */
function takenErrors(endpoint: Endpoint, { api, basic }: EndpointAddress): FieldError[] {
  const { apiKey, apiKeyHeader, secretHeaders = {}, headers = {} } = endpoint;
  const keyHeader = apiKeyHeader ?? (apiKey === undefined ? null : dialectOf(api).keyHeader);
  const takers: [path: string[], header: string][] = [
    ...(keyHeader === null ? [] : [takes(["apiKey"], keyHeader)]),
    ...(endpoint.basic === undefined ? [] : [takes(["basic"], "authorization")]),
    ...(basic === null ? [] : [takes(["url"], "authorization")]),
    ...Object.keys(secretHeaders).map((name) => takes(["secretHeaders", name], name)),
    ...Object.keys(headers).map((name) => takes(["headers", name], name)),
  ];
  return takers.flatMap(([path, header], index) => {
    const first = takers.findIndex(([, other]) => other === header);
    if (first === index) return [];
    const keeper = takers[first]?.[0].join(".");
    return [
      {
        pointer: pointerOf(["endpoint", ...path]),
        detail: `needs the header ${header}, which carries endpoint.${keeper}: give one of the two`,
      },
    ];
  });
}

const takes = (path: string[], header: string): [string[], string] => [path, header.toLowerCase()];

function sizeErrors({ url, apiKey = "", basic = "", secretHeaders = {}, tls }: Endpoint): FieldError[] {
  const secrets = [url, apiKey, basic, tls?.key ?? "", ...Object.entries(secretHeaders).flat()];
  const bytes = secrets.reduce((sum, text) => sum + new TextEncoder().encode(text).length, 0);
  if (bytes <= SECRETS_MAX_BYTES) return [];
  const most = SECRETS_MAX_BYTES.toLocaleString("en-US");
  return [
    { pointer: "/endpoint/secretHeaders", detail: `must have at most ${most} bytes with all other secrets` },
  ];
}

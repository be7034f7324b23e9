import type { Problem } from "@brimline/core/job/job";

const GIVE_CERT =
  "Give one that it accepts, and its key, in endpoint.tls.cert and endpoint.tls.key (the CLI reads the files that --cert and --cert-key name).";

/** What a failure of TLS means, by what its text says. The first that fits counts. */
const CAUSES: [says: RegExp, means: string][] = [
  [
    /SELF_SIGNED|UNABLE_TO_GET_ISSUER|UNABLE_TO_VERIFY|CERT_UNTRUSTED/,
    "An authority that is not known here signed the server's TLS certificate. Give the authority's own certificate in endpoint.tls.ca (the CLI reads the file that --ca names).",
  ],
  [
    /ALTNAME/,
    "The server's TLS certificate is for another name. Write endpoint.url with a name that the certificate has.",
  ],
  [
    /CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/,
    "The server's TLS certificate is not valid today. Renew it, or correct this machine's clock.",
  ],
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|RECORD_OVERFLOW|HTTP_REQUEST/,
    "The server does not speak TLS here. Write endpoint.url with http://, or with the port that has TLS.",
  ],
  [/CERTIFICATE_REQUIRED/, `The server asks for a client certificate. ${GIVE_CERT}`],
  [
    /ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE|UNSUPPORTED_CERTIFICATE|HANDSHAKE_FAILURE)/,
    `The server refuses the handshake, perhaps because it wants a client certificate, or another one. ${GIVE_CERT}`,
  ],
];
const UNKNOWN_CAUSE =
  "Check that the server has TLS at this port; if it has none, write endpoint.url with http://.";

/** `host` refused the handshake of TLS, or we did, with these words. */
export function tlsProblem(host: string, text: string): Problem {
  const means = CAUSES.find(([says]) => says.test(text))?.[1] ?? UNKNOWN_CAUSE;
  return { code: "unreachable", title: `TLS with ${host} failed`, detail: `${text}. ${means}` };
}

/** nginx says so in an answer of HTTP. */
const ASKS_FOR_CERT = /No required SSL certificate was sent|SSL certificate error/;

/** The problem of an answer that asks for a client certificate. It is null for any other. */
export function certRequired(host: string, text: string): Problem | null {
  if (!ASKS_FOR_CERT.test(text)) return null;
  return {
    code: "unauthorized",
    title: `${host} asks for a client certificate`,
    detail: `It accepts no request without one. ${GIVE_CERT}`,
  };
}

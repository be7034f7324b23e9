import type { Problem } from "@brimline/core/job/state/problem";
import { GIVE_HTTP1 } from "./http2.ts";

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
  [/NO_APPLICATION_PROTOCOL/, `The server refuses HTTP/1.1 in the handshake (ALPN). ${GIVE_HTTP1}`],
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

/** What servers say of TLS in an answer of HTTP: nginx, and Go's own server. */
const DEMANDS: [says: RegExp, code: Problem["code"], title: string, detail: string][] = [
  [
    /No required SSL certificate was sent|SSL certificate error/,
    "unauthorized",
    "asks for a client certificate",
    `It accepts no request without one. ${GIVE_CERT}`,
  ],
  [
    /plain HTTP request was sent to HTTPS port|HTTP request to an HTTPS server/,
    "unreachable",
    "wants TLS",
    "Write endpoint.url with https://.",
  ],
];

/** The problem of a refusal that is about TLS. It is null for any other. */
export function tlsDemand(host: string, text: string): Problem | null {
  const demand = DEMANDS.find(([says]) => says.test(text));
  if (demand === undefined) return null;
  const [, code, title, detail] = demand;
  return { code, title: `${host} ${title}`, detail };
}

import { lookup, type LookupAddress } from "node:dns";
import { isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { addressValue } from "./addresses.ts";
import type { Policy } from "./policy.ts";

/** Finds all addresses of a host name. It rejects where there are none. */
export type Resolve = (host: string) => Promise<LookupAddress[]>;

export interface Dns {
  resolve: Resolve;
  timeoutMs: number;
}

export interface ConnectOptions {
  connectTimeoutMs: number;
  /** Options of TLS, such as `ca` for an endpoint whose TLS certificate has an authority of its own. */
  tls?: Pick<ConnectionOptions, "ca" | "cert" | "key" | "rejectUnauthorized">;
}

/**
 * Why a connection could not be opened. A refused address is a BrimlineError with the code `address_refused`.
 */
export class ConnectError extends Error {
  readonly code: "dns" | "connect" | "tls";
  constructor(code: ConnectError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ConnectError";
    this.code = code;
  }
}

export const systemResolve: Resolve = (host) =>
  new Promise((resolve, reject) => {
    lookup(host, { all: true }, (error, answers) => (error === null ? resolve(answers) : reject(error)));
  });

/**
 * Opening hundreds of connections at once must not ask DNS hundreds of times. The answers that are kept were
 * judged, so the name cannot be rebound.
 */
export const ANSWERS_KEPT_MS = 10_000;
const MAX_ANSWERS = 16;

/** The addresses of a host, after each of them was judged. A literal address is its own answer. */
export async function judgedAnswers(
  host: string,
  port: number,
  policy: Policy,
  dns: Dns,
): Promise<LookupAddress[]> {
  const answers =
    isIP(host) === 0
      ? await withTimeout(dns.resolve(host), dns.timeoutMs)
      : [{ address: host, family: isIP(host) }];
  if (answers.length === 0) throw new ConnectError("dns", "the host name has no address; check its spelling");
  for (const { address } of answers) policy.judgeAddress(address, port);
  return answers.slice(0, MAX_ANSWERS);
}

async function withTimeout(answers: Promise<LookupAddress[]>, timeoutMs: number): Promise<LookupAddress[]> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new ConnectError("dns", `no DNS answer within ${timeoutMs / 1000} s`)),
    timeoutMs,
  );
  try {
    return await Promise.race([answers, late.promise]);
  } catch (error) {
    if (error instanceof ConnectError) throw error;
    throw new ConnectError("dns", "the host name does not resolve; check its spelling", { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the peer is one of the judged addresses, whatever its spelling. */
export function isOneOf(answers: LookupAddress[], peer: string): boolean {
  const value = addressValue(peer);
  return value !== null && answers.some(({ address }) => addressValue(address) === value);
}

const TCP_FAILURES =
  /^(ECONNREFUSED|EHOSTUNREACH|EHOSTDOWN|EAFNOSUPPORT|ENOBUFS|ENOMEM|ENETUNREACH|ENETDOWN|ETIMEDOUT|EADDRNOTAVAIL|EADDRINUSE|EACCES|EPERM|EMFILE|ENFILE|UND_ERR_CONNECT_TIMEOUT)$/;

/** A failure of an https connection that is not one of TCP's came from the TLS handshake. */
export function connectError(error: Error, protocol: string): Error {
  const code = "code" in error ? String(error.code) : "";
  const isTls = protocol === "https:" && !TCP_FAILURES.test(code) && !(error instanceof AggregateError);
  return new ConnectError(
    isTls ? "tls" : "connect",
    `${isTls ? "TLS handshake failed" : "could not connect"}${code === "" ? "" : ` (${code})`}`,
    {
      cause: error,
    },
  );
}

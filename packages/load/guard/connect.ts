import { BrimlineError } from "@brimline/core/error";
import { lookup, type LookupAddress } from "node:dns";
import { isIP, type Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { buildConnector } from "undici";
import { addressValue } from "./addresses.ts";
import type { Policy } from "./policy.ts";

/** All addresses of a host name; rejects where there are none. */
export type Resolve = (host: string) => Promise<LookupAddress[]>;

export interface Dns {
  resolve: Resolve;
  timeoutMs: number;
}

export interface ConnectOptions {
  connectTimeoutMs: number;
  /** Such as `ca` for an endpoint with a certificate of its own authority. */
  tls?: Pick<ConnectionOptions, "ca" | "cert" | "key" | "rejectUnauthorized">;
}

/** Why a connection could not be opened. A refused address is a BrimlineError with the code `address_refused`. */
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

/** Opening hundreds of connections at once must not ask DNS hundreds of times. What is kept was judged, so it cannot be rebound. */
export const ANSWERS_KEPT_MS = 10_000;
const ORIGINS_KEPT = 100;
const MAX_ANSWERS = 16;

interface Origin {
  answers: Promise<LookupAddress[]>;
  askedMs: number;
  open: buildConnector.connector;
  /** What the next connection may use. */
  usable: LookupAddress[];
}

/**
 * undici's `connect` behind a policy. undici never asks `lookup` about a literal address, so literals are judged here; DNS answers
 * are all judged, one bad one refuses them all; and a peer that is none of the judged addresses is cut before undici may write to it.
 */
export function guardedConnect(policy: Policy, dns: Dns, options: ConnectOptions): buildConnector.connector {
  const origins = new Map<string, Origin>();

  function originOf(host: string, port: number): Origin {
    const key = `${host} ${port}`;
    const kept = origins.get(key);
    const nowMs = performance.now();
    if (kept !== undefined && nowMs - kept.askedMs < ANSWERS_KEPT_MS) return kept;
    const answers = judgedAnswers(host, port, policy, dns);
    const origin = kept === undefined ? newOrigin(answers, nowMs) : Object.assign(kept, { answers, askedMs: nowMs });
    origins.set(key, origin);
    answers.catch(() => origins.delete(key));
    const oldest = origins.keys().next().value;
    if (origins.size > ORIGINS_KEPT && oldest !== undefined) origins.delete(oldest);
    return origin;
  }

  function newOrigin(answers: Promise<LookupAddress[]>, askedMs: number): Origin {
    const origin: Origin = { answers, askedMs, usable: [], open: () => {} };
    origin.open = buildConnector({
      ...options.tls,
      timeout: options.connectTimeoutMs,
      allowH2: false,
      autoSelectFamily: true,
      lookup: (_host, _options, callback) => callback(null, origin.usable),
    });
    return origin;
  }

  async function connect(request: buildConnector.Options): Promise<Socket> {
    const host = request.hostname.replace(/^\[|\]$/g, "");
    const port = Number(request.port) || (request.protocol === "https:" ? 443 : 80);
    if (request.socketPath != null || request.httpSocket !== undefined) throw new BrimlineError("address_refused", "only TCP connections are allowed");
    const origin = originOf(host, port);
    const answers = await origin.answers;
    // net.connect asks `lookup` before it returns, so no other connection can come between these two lines.
    origin.usable = answers;
    const socket = await opened(origin.open, { ...request, hostname: host });
    if (!isOneOf(answers, socket.remoteAddress ?? "")) {
      socket.destroy();
      throw new BrimlineError("address_refused", "the connection ended at another address than those that were judged");
    }
    return socket;
  }

  return (request, callback) => void answer(connect(request), callback);
}

/** Whether the peer is one of the judged addresses, however it is written. */
export function isOneOf(answers: LookupAddress[], peer: string): boolean {
  const value = addressValue(peer);
  return value !== null && answers.some(({ address }) => addressValue(address) === value);
}

async function answer(connection: Promise<Socket>, callback: buildConnector.Callback): Promise<void> {
  callback(...(await outcomeOf(connection)));
}

function outcomeOf(connection: Promise<Socket>): Promise<[null, Socket] | [Error, null]> {
  return connection.then(
    (socket) => [null, socket],
    (error: unknown) => [error instanceof Error ? error : new ConnectError("connect", String(error)), null],
  );
}

/** The addresses of a host, each of them judged. A literal address is its own answer. */
export async function judgedAnswers(host: string, port: number, policy: Policy, dns: Dns): Promise<LookupAddress[]> {
  const answers = isIP(host) === 0 ? await withTimeout(dns.resolve(host), dns.timeoutMs) : [{ address: host, family: isIP(host) }];
  if (answers.length === 0) throw new ConnectError("dns", "the host name has no address; check its spelling");
  for (const { address } of answers) policy.judgeAddress(address, port);
  return answers.slice(0, MAX_ANSWERS);
}

async function withTimeout(answers: Promise<LookupAddress[]>, timeoutMs: number): Promise<LookupAddress[]> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new ConnectError("dns", `no DNS answer within ${timeoutMs / 1000} s`)), timeoutMs);
  try {
    return await Promise.race([answers, late.promise]);
  } catch (error) {
    if (error instanceof ConnectError) throw error;
    throw new ConnectError("dns", "the host name does not resolve; check its spelling", { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function opened(open: buildConnector.connector, request: buildConnector.Options): Promise<Socket> {
  return new Promise((resolve, reject) => {
    open(request, (error, socket) => (error === null ? resolve(socket) : reject(connectError(error, request.protocol))));
  });
}

const TCP_FAILURES =
  /^(ECONNREFUSED|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|ETIMEDOUT|EADDRNOTAVAIL|EADDRINUSE|EACCES|EPERM|EMFILE|ENFILE|UND_ERR_CONNECT_TIMEOUT)$/;

/** A failure of an https connection that is not one of TCP came from the handshake. */
export function connectError(error: Error, protocol: string): Error {
  const code = "code" in error ? String(error.code) : "";
  const isTls = protocol === "https:" && !TCP_FAILURES.test(code) && !(error instanceof AggregateError);
  return new ConnectError(isTls ? "tls" : "connect", `${isTls ? "TLS handshake failed" : "could not connect"}${code === "" ? "" : ` (${code})`}`, {
    cause: error,
  });
}

import { BrimlineError } from "@brimline/core/error";
import type { LookupAddress } from "node:dns";
import { connect as connectTcp, isIP, type OnReadOpts, type Socket, type TcpNetConnectOpts } from "node:net";
import { performance } from "node:perf_hooks";
import { connect as connectTls, createSecureContext, type SecureContext } from "node:tls";
import {
  ANSWERS_KEPT_MS,
  connectError,
  type ConnectOptions,
  type Dns,
  isOneOf,
  judgedAnswers,
} from "./answers.ts";
import type { Policy } from "./policy.ts";

/**
 * Opens a socket whose bytes go to `onread`. Its errors carry one of these in `code`: `dns`, `connect`, `tls`
 * or `address_refused`.
 */
export type Dial = (onread: OnReadOpts) => Promise<Socket>;

/** undici's own value. It lets us notice a peer that vanished without closing its connection. */
const TCP_KEEP_ALIVE_MS = 60_000;

/**
 * Opens sockets to one target behind a policy, as `guardedConnect` does: it dials judged addresses only, and
 * judges the peer again.
 */
export function guardedDial(target: URL, policy: Policy, dns: Dns, options: ConnectOptions): Dial {
  const host = target.hostname.replace(/^\[|\]$/g, "");
  const isTls = target.protocol === "https:";
  const port = target.port === "" ? (isTls ? 443 : 80) : Number(target.port);
  let kept: { answers: Promise<LookupAddress[]>; askedMs: number } | null = null;
  let secureContext: SecureContext | null = null;
  let session: Buffer | undefined;

  function answers(): Promise<LookupAddress[]> {
    const nowMs = performance.now();
    if (kept !== null && nowMs - kept.askedMs < ANSWERS_KEPT_MS) return kept.answers;
    const asked = { answers: judgedAnswers(host, port, policy, dns), askedMs: nowMs };
    kept = asked;
    asked.answers.catch(() => {
      if (kept === asked) kept = null;
    });
    return asked.answers;
  }

  function start(usable: LookupAddress[], onread: OnReadOpts): Socket {
    const tcp: TcpNetConnectOpts = {
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
      autoSelectFamily: true,
      lookup: (_host, _options, callback) => callback(null, usable),
      onread,
    };
    if (!isTls) return connectTcp(tcp);
    secureContext ??= createSecureContext(options.tls);
    const rejectUnauthorized = options.tls?.rejectUnauthorized ?? true;
    const servername = isIP(host) === 0 ? host : "";
    const socket = connectTls({
      ...tcp,
      secureContext,
      rejectUnauthorized,
      servername,
      ALPNProtocols: ["http/1.1"],
      ...(session && { session }),
    });
    return socket.on("session", (ticket: Buffer) => {
      session = ticket;
    });
  }

  return async (onread) => {
    const usable = await answers();
    const socket = await connected(
      start(usable, onread),
      isTls ? "secureConnect" : "connect",
      options.connectTimeoutMs,
    ).catch((error: Error) => {
      throw connectError(error, target.protocol);
    });
    if (isOneOf(usable, socket.remoteAddress ?? "")) return socket;
    socket.destroy();
    throw new BrimlineError(
      "address_refused",
      "the connection ended at another address than those that were judged",
    );
  };
}

/**
 * The socket keeps a listener for errors: one that comes before the socket's user listens must not end the
 * process.
 */
function connected(socket: Socket, event: "connect" | "secureConnect", timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => socket.destroy(Object.assign(new Error("connect timeout"), { code: "ETIMEDOUT" })),
      timeoutMs,
    );
    socket.once(event, () => {
      clearTimeout(timer);
      resolve(socket);
    });
    socket.on("error", reject);
    socket.once("close", () => {
      clearTimeout(timer);
      reject(new Error("closed"));
    });
  });
}

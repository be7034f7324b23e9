import { BrimlineError } from "@brimline/core/error";
import type { LookupAddress } from "node:dns";
import type { Socket } from "node:net";
import { buildConnector } from "undici";
import {
  ANSWERS_KEPT_MS,
  ConnectError,
  connectError,
  type ConnectOptions,
  type Dns,
  isOneOf,
  judgedAnswers,
} from "./answers.ts";
import type { Policy } from "./policy.ts";

const ORIGINS_KEPT = 100;

interface Origin {
  answers: Promise<LookupAddress[]>;
  askedMs: number;
  open: buildConnector.connector;
  /** The addresses that the next connection may use. */
  usable: LookupAddress[];
}

/**
 * undici's `connect` behind a policy. undici never asks `lookup` about a literal address, so literals are
 * judged here. All DNS answers are judged, and one refused answer refuses them all. A peer that is none of
 * the judged addresses is cut before undici may write to it.
 */
export function guardedConnect(policy: Policy, dns: Dns, options: ConnectOptions): buildConnector.connector {
  const origins = new Map<string, Origin>();

  function originOf(host: string, port: number): Origin {
    const key = `${host} ${port}`;
    const kept = origins.get(key);
    const nowMs = performance.now();
    if (kept !== undefined && nowMs - kept.askedMs < ANSWERS_KEPT_MS) return kept;
    const answers = judgedAnswers(host, port, policy, dns);
    const origin =
      kept === undefined ? newOrigin(answers, nowMs) : Object.assign(kept, { answers, askedMs: nowMs });
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
      // Node's TLS has no answer to a connection that fails before it has begun.
      lookup: (_host, _options, callback) => process.nextTick(callback, null, origin.usable),
    });
    return origin;
  }

  async function connect(request: buildConnector.Options): Promise<Socket> {
    const host = request.hostname.replace(/^\[|\]$/g, "");
    const port = Number(request.port) || (request.protocol === "https:" ? 443 : 80);
    if (request.socketPath != null || request.httpSocket !== undefined)
      throw new BrimlineError("address_refused", "only TCP connections are allowed");
    const origin = originOf(host, port);
    const answers = await origin.answers;
    // net.connect asks `lookup` before it returns, so no other connection can come between these two lines.
    origin.usable = answers;
    const socket = await opened(origin.open, { ...request, hostname: host });
    if (!isOneOf(answers, socket.remoteAddress ?? "")) {
      socket.destroy();
      throw new BrimlineError(
        "address_refused",
        "the connection ended at another address than those that were judged",
      );
    }
    return socket;
  }

  return (request, callback) => void answer(connect(request), callback);
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

function opened(open: buildConnector.connector, request: buildConnector.Options): Promise<Socket> {
  return new Promise((resolve, reject) => {
    open(request, (error, socket) =>
      error === null ? resolve(socket) : reject(connectError(error, request.protocol)),
    );
  });
}

import { BrimlineError } from "@brimline/core/error";
import type { LookupAddress } from "node:dns";
import { isIP } from "node:net";
import { performance } from "node:perf_hooks";
import { type ConnectionOptions, createSecureContext, type SecureContext } from "node:tls";
import {
  ANSWERS_KEPT_MS,
  connectError,
  type ConnectOptions,
  type Dns,
  isOneOf,
  judgedAnswers,
} from "./answers.ts";
import type { Policy } from "./policy.ts";
import type { OpenWire, Wire, WireSink } from "./wire.ts";

/**
 * Opens a wire whose bytes go to the sink. Its errors carry one of these in `code`: `dns`, `connect`, `tls`
 * or `address_refused`.
 */
export type Dial = (sink: WireSink) => Promise<Wire>;

/**
 * Opens wires to one target behind a policy, as `guardedConnect` does: it dials judged addresses only, and
 * judges the peer again. `open` is the driver.
 */
export function guardedDial(
  target: URL,
  policy: Policy,
  dns: Dns,
  options: ConnectOptions,
  open: OpenWire,
): Dial {
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

  /** All wires share one context and the latest session, so that a handshake is seldom a whole one. */
  function tlsOptions(): ConnectionOptions {
    secureContext ??= createSecureContext(options.tls);
    return {
      secureContext,
      rejectUnauthorized: options.tls?.rejectUnauthorized ?? true,
      servername: isIP(host) === 0 ? host : "",
      ALPNProtocols: ["http/1.1"],
      ...(session && { session }),
    };
  }

  const keepSession = (ticket: Buffer): void => {
    session = ticket;
  };

  return async (sink) => {
    const addresses = await answers();
    const wire = open({ host, port, addresses, tls: isTls ? tlsOptions() : null, keepSession }, sink);
    await openedWithin(wire, options.connectTimeoutMs).catch((error: Error) => {
      throw connectError(error, target.protocol);
    });
    if (isOneOf(addresses, wire.peer() ?? "")) return wire;
    wire.destroy();
    throw new BrimlineError(
      "address_refused",
      "the connection ended at another address than those that were judged",
    );
  };
}

async function openedWithin(wire: Wire, timeoutMs: number): Promise<void> {
  const timer = setTimeout(
    () => wire.destroy(Object.assign(new Error("connect timeout"), { code: "ETIMEDOUT" })),
    timeoutMs,
  );
  try {
    await wire.opened;
  } finally {
    clearTimeout(timer);
  }
}

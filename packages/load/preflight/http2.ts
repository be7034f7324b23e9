import type { Problem } from "@brimline/core/job/state/problem";
import type { OpenWire, WireSink } from "../guard/wire.ts";
import type { RequestEnd } from "../request/request.ts";
import { isHttp2 } from "../transport/head.ts";
import { openNodeWire } from "../transport/node-wire.ts";
import type { TransportOptions } from "../transport/transport-over.ts";

export const GIVE_HTTP1 =
  "It speaks HTTP/2 only, and load is sent over HTTP/1.1. Give the URL of a port of it that takes HTTP/1.1, or put a front before it that does (HAProxy: `server … proto h2`, Caddy: `reverse_proxy h2c://…`).";

/** `how` says what came of a request in HTTP/1.1. */
export const onlyHttp2 = (host: string, how: string): Problem => ({
  code: "unreachable",
  title: `${host} does not speak HTTP/1.1`,
  detail: `${how} ${GIVE_HTTP1}`,
});

/** How long the server has for each of its two answers. */
const ANSWER_MAX_MS = 2000;
/** A frame of HTTP/2 has a head of so many bytes, and the version of an answer in HTTP/1.1 lies in them, too. */
const FIRST_BYTES = 9;
/** How a client of HTTP/2 begins: its preface, and a SETTINGS frame without a setting. */
const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/**
 * The problem of a server that closed our connection without a word, if it answers in HTTP/2 and not in HTTP/1.1. It
 * is asked for nothing that a model could answer.
 */
export async function unsaidHttp2(
  to: TransportOptions,
  { record, connected }: RequestEnd,
): Promise<Problem | null> {
  const { outcome, firstByteMs, errorText } = record;
  if (firstByteMs !== null || !(outcome === "tls" || (outcome === "connect" && connected))) return null;
  if (!isHttp2(await firstBytes(to, "h2", PREFACE))) return null;
  const options = `OPTIONS * HTTP/1.1\r\nhost: ${to.target.host}\r\nconnection: close\r\n\r\n`;
  if ((await firstBytes(to, "http/1.1", options)).startsWith("HTTP/1")) return null;
  return onlyHttp2(
    to.target.host,
    `It answers the preface of HTTP/2. Of a request in HTTP/1.1 all that came is “${errorText ?? ""}”.`,
  );
}

/** The first bytes that come back for these, over a new connection for this protocol. They are none where it fails. */
async function firstBytes(
  { target, guard, limits, tls = {} }: TransportOptions,
  protocol: string,
  written: string,
): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let came = "";
  const sink: WireSink = {
    read(bytes, count) {
      came += bytes.toString("latin1", 0, count);
      if (came.length >= FIRST_BYTES) resolve(came);
    },
    ended: () => resolve(came),
    failed: () => resolve(came),
  };
  const open: OpenWire = (at, into) =>
    openNodeWire({ ...at, tls: at.tls && { ...at.tls, ALPNProtocols: [protocol] } }, into);
  const dial = guard.dial(target, { connectTimeoutMs: Math.min(limits.connectMs, ANSWER_MAX_MS), tls }, open);
  const timer = setTimeout(() => resolve(came), ANSWER_MAX_MS);
  try {
    const wire = await dial(sink);
    wire.write(Buffer.from(written, "latin1"));
    const first = await promise;
    wire.destroy();
    return first;
  } catch {
    // Whoever cannot be reached so does not speak it.
    return "";
  } finally {
    clearTimeout(timer);
  }
}

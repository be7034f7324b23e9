import { BrimlineError } from "@brimline/core/error";
import type { EndpointSecrets } from "@brimline/core/job/spec/endpoint-secrets";
import type { Problem } from "@brimline/core/job/state/problem";
import { placesText, proofPlaces } from "@brimline/core/job/proof";
import type { JobSpec } from "@brimline/core/job/spec/spec";
import { Resolver } from "node:dns/promises";
import type { Dispatcher } from "undici";
import { ConnectError } from "../guard/answers.ts";
import type { Guard } from "../guard/guard.ts";
import { tlsOptions } from "../request/endpoint.ts";

/** Finds the texts of a name's TXT records, each in its parts. It rejects where there are none. */
export type ResolveTxt = (name: string) => Promise<string[][]>;

export interface OwnershipOptions {
  spec: JobSpec;
  secrets: EndpointSecrets;
  guard: Guard;
  /** What shows that an endpoint is the caller's. It is no secret. */
  token: string;
  resolveTxt?: ResolveTxt;
  signal?: AbortSignal;
}

const LIMITS = { totalMs: 5000, connectMs: 3000, bodyBytes: 4096 };

const systemTxt: ResolveTxt = (name) => new Resolver({ timeout: LIMITS.totalMs, tries: 1 }).resolveTxt(name);

/** What a place said instead of the token, and whether it says for sure that the token is not there. */
interface Missing {
  said: string;
  isSure: boolean;
}

/**
 * Looks for the caller's token in both places where an endpoint's owner can put it, and answers the problem for which the
 * job may not run, or null. The endpoint gets one request, without a key, that follows no redirect; its time and its
 * answer are bounded.
 */
export async function unproved(options: OwnershipOptions & { asks: string }): Promise<Problem | null> {
  const { spec, token, asks, signal } = options;
  const places = proofPlaces(spec.endpoint);
  const missing = await missingAt(options);
  signal?.throwIfAborted();
  if (missing === null) return null;
  const { served, recorded } = missing;
  return {
    code: "unproved",
    title: "The endpoint is not known to be yours",
    detail: `${asks} Put ${token} ${placesText(places)}, and submit the job again. ${recorded === null ? `The address ${served.said}` : `The first ${served.said}, and the record ${recorded.said}`}.`,
  };
}

/**
 * Whether an endpoint that showed the token shows it no longer. A place that is busy, or cannot be asked, may still have
 * it: a loaded endpoint answers late.
 */
export async function isProofGone(options: OwnershipOptions): Promise<boolean> {
  const missing = await missingAt(options);
  return missing !== null && missing.served.isSure && missing.recorded?.isSure !== false;
}

/** What both places said. It is null where one has the token. */
async function missingAt({
  spec,
  secrets,
  guard,
  token,
  resolveTxt = systemTxt,
  signal = new AbortController().signal,
}: OwnershipOptions): Promise<{ served: Missing; recorded: Missing | null } | null> {
  const { url, txt } = proofPlaces(spec.endpoint);
  const [served, recorded] = await Promise.all([
    servedAt({ spec, secrets, guard, signal, url }, token),
    txt === null ? null : recordedAt(txt, token, resolveTxt),
  ]);
  if (served === null || (txt !== null && recorded === null)) return null;
  return { served, recorded };
}

/** It is null where the address said the token. */
async function servedAt(
  {
    spec,
    secrets,
    guard,
    signal,
    url,
  }: Pick<OwnershipOptions, "spec" | "secrets" | "guard"> & { signal: AbortSignal; url: string },
  token: string,
): Promise<Missing | null> {
  // It is loaded only here, because a shard and most preflights need no proof.
  const { Agent, request } = await import("undici");
  const dispatcher = new Agent({
    connect: guard.connect({ connectTimeoutMs: LIMITS.connectMs, tls: tlsOptions(spec.endpoint, secrets) }),
    allowH2: false,
  });
  try {
    const { statusCode, body } = await request(guard.judge(url), {
      dispatcher,
      headers: { "user-agent": "brimline", accept: "text/plain", "accept-encoding": "identity" },
      signal: AbortSignal.any([signal, AbortSignal.timeout(LIMITS.totalMs)]),
    });
    if (statusCode !== 200) return { said: `answered ${statusCode}`, isSure: isDefinite(statusCode) };
    return linesOf(await beginning(body)).includes(token) ? null : LACKS_IT;
  } catch (error) {
    if (error instanceof BrimlineError) return unsure("may not be asked");
    if (error instanceof ConnectError) return unsure(`could not be asked: ${error.message}`);
    return unsure("gave no answer");
  } finally {
    await dispatcher.destroy();
  }
}

async function beginning(body: Dispatcher.ResponseData["body"]): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= LIMITS.bodyBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, LIMITS.bodyBytes).toString("utf8");
}

/**
 * Whether an answer says for sure that the token is not there. Most gateways refuse or redirect paths that they do not
 * know. A server that is busy or broken says nothing of them.
 */
const isDefinite = (statusCode: number): boolean =>
  statusCode < 500 && statusCode !== 408 && statusCode !== 429;

const LACKS_IT: Missing = { said: "does not have it", isSure: true };
const unsure = (said: string): Missing => ({ said, isSure: false });

const linesOf = (text: string): string[] => text.split(/\r?\n/).map((line) => line.trim());

/** A resolver's codes of names and records that do not exist. */
const NONE = new Set(["ENOTFOUND", "ENODATA"]);

/** It is null where a record has the token. */
async function recordedAt(name: string, token: string, resolveTxt: ResolveTxt): Promise<Missing | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), LIMITS.totalMs);
  try {
    const records = await Promise.race([resolveTxt(name), late]);
    if (records === null) return unsure("was not answered");
    return records.some((parts) => parts.join("").trim() === token) ? null : LACKS_IT;
  } catch (error) {
    return { ...LACKS_IT, isSure: NONE.has(String((error as NodeJS.ErrnoException).code)) };
  } finally {
    clearTimeout(timer);
  }
}

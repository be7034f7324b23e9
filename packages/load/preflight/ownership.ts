import { BrimlineError } from "@brimline/core/error";
import type { EndpointSecrets } from "@brimline/core/job/spec/endpoint-secrets";
import type { Problem } from "@brimline/core/job/state/problem";
import { placesText, proofPlaces } from "@brimline/core/job/proof";
import type { JobSpec } from "@brimline/core/job/spec/spec";
import { TRIAL } from "@brimline/core/job/trial";
import { Resolver } from "node:dns/promises";
import { Agent, type Dispatcher, request } from "undici";
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

/**
 * Looks for the caller's token in both places where an endpoint's owner can put it, and answers the problem for which the
 * job may not run, or null. The endpoint gets one request, without a key, that follows no redirect; its time and its
 * answer are bounded.
 */
export async function unproved({
  spec,
  secrets,
  guard,
  token,
  resolveTxt = systemTxt,
  signal = new AbortController().signal,
}: OwnershipOptions): Promise<Problem | null> {
  const places = proofPlaces(spec.endpoint.url);
  const { url, txt } = places;
  const [served, recorded] = await Promise.all([
    servedAt({ spec, secrets, guard, signal, url }, token),
    txt === null ? "" : recordedAt(txt, token, resolveTxt),
  ]);
  signal.throwIfAborted();
  if (served === null || recorded === null) return null;
  return {
    code: "unproved",
    title: "The endpoint is not known to be yours",
    detail: `A job beyond ${TRIAL.users} users and ${TRIAL.seconds} s needs proof. Put ${token} ${placesText(places)}, and submit the job again. The first ${served}${txt === null ? "" : `, and the record ${recorded}`}.`,
  };
}

/** What the address said instead of the token. It is null where it said that. */
async function servedAt(
  {
    spec,
    secrets,
    guard,
    signal,
    url,
  }: Pick<OwnershipOptions, "spec" | "secrets" | "guard"> & { signal: AbortSignal; url: string },
  token: string,
): Promise<string | null> {
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
    if (statusCode !== 200) return `answered ${statusCode}`;
    return linesOf(await beginning(body)).includes(token) ? null : "does not have it";
  } catch (error) {
    if (error instanceof BrimlineError) return "may not be asked";
    if (error instanceof ConnectError) return `could not be asked: ${error.message}`;
    return "gave no answer";
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

const linesOf = (text: string): string[] => text.split(/\r?\n/).map((line) => line.trim());

async function recordedAt(name: string, token: string, resolveTxt: ResolveTxt): Promise<string | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), LIMITS.totalMs);
  try {
    const records = await Promise.race([resolveTxt(name).catch(() => []), late]);
    if (records === null) return "was not answered";
    return records.some((parts) => parts.join("").trim() === token) ? null : "does not have it";
  } finally {
    clearTimeout(timer);
  }
}

import type { JobSpec } from "@brimline/core/job/spec/spec";
import { TRIAL } from "@brimline/core/job/trial";
import { keys } from "@brimline/store/keys";
import { z } from "zod";
import type { Service } from "../service.ts";
import { objectToChange } from "./object.ts";

/** `hosts/<host>/trial.json`: the latest trial of a host, whoever's. Each of its addresses has one too. */
const TrialObject = z.object({ schema: z.literal("brimline.trial/1"), job: z.string(), at: z.string() });

/**
 * Notes that a job is a host's latest trial, and answers the addresses that its load may go to: a name that leads to
 * others later would be a trial of theirs. Where another job's began less than ten minutes ago, at the name or at one of
 * the addresses, it answers when it did: many callers, many jobs or many names of one machine would else send trials
 * without end.
 */
export async function takeTrial(
  service: Pick<Service, "data" | "now" | "guard">,
  jobId: string,
  spec: JobSpec,
): Promise<{ addresses: string[] } | { before: string }> {
  const { url } = spec.endpoint;
  // Without an address nothing is sent.
  const addresses = await service.guard.addresses(url).catch(() => []);
  const hosts = new Set([new URL(url).hostname.replace(/^\[|\]$/g, ""), ...addresses]);
  const found = await Promise.all(
    [...hosts].map((host) => objectToChange(service.data, keys.trial(host), TrialObject)),
  );
  const now = service.now();
  const others = found.flatMap(({ before }) => (before === null || before.job === jobId ? [] : [before.at]));
  const before = others
    .filter((at) => now - Date.parse(at) < 1000 * TRIAL.everyS)
    .toSorted()
    .at(-1);
  if (before !== undefined) return { before };
  const trial = { schema: "brimline.trial/1" as const, job: jobId, at: new Date(now).toISOString() };
  const noted = await Promise.all(
    found.map(async ({ before: latest, write }) => latest?.job === jobId || write(trial)),
  );
  // On AWS another job may begin at another name of the same machine meanwhile.
  return noted.every(Boolean) ? { addresses } : takeTrial(service, jobId, spec);
}

import { Waiting } from "@brimline/core/job/state/job";
import { keys } from "@brimline/store/keys";
import { z } from "zod";
import type { Service } from "../service.ts";
import { readObject } from "./object.ts";

/**
 * `jobs/<id>/preflight.tries.json`: what preflight has asked the endpoint so far, and what it waits for. It is
 * replaced before each request and each pause.
 */
export const PreflightTries = z.object({
  schema: z.literal("brimline.preflight-tries/1"),
  /** How many requests the endpoint may have got. */
  sent: z.int(),
  /** How many of them found it not up, or of another kind, and do not count. */
  uncounted: z.int(),
  waiting: Waiting.nullable(),
});
export type PreflightTries = z.infer<typeof PreflightTries>;

/** What a job's preflight waits for now. It is null before it begins and once it is done. */
export const waitingOf = async (service: Service, jobId: string): Promise<Waiting | null> =>
  (await readObject(service.data, keys.preflightTries(jobId), PreflightTries))?.waiting ?? null;

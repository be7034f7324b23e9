import { JobSpec, type JobRequest } from "@brimline/core/job/spec/spec";
import { keys } from "@brimline/store/keys";
import type { Home } from "@brimline/functions/local/home";
import { createObject } from "@brimline/functions/objects/object";
import type { PreflightObject } from "@brimline/functions/objects/preflight";
import type { Service } from "@brimline/functions/service";

/** A data folder for a test. */
export const homeOf = (dataDir: string, publicUrl = "http://127.0.0.1:1"): Home => ({
  dataDir,
  config: {
    platform: "local",
    publicUrl,
    generator: "brimline test",
    region: null,
    defaultVisibility: "public",
    adminKeySha256: null,
    caps: { openJobs: 100, users: 100, level: null, bodyBytes: 262_144 },
    progressEveryMs: 1000,
    controlEveryMs: 50,
  },
});

/** Writes what the API writes for an accepted job. */
export async function acceptJob(
  service: Service,
  id: string,
  request: Partial<JobRequest> = {},
  createdAt = new Date().toISOString(),
): Promise<void> {
  const spec = JobSpec.parse({
    endpoint: { url: "http://127.0.0.1:39999/v1", model: "m" },
    levels: [2, 4],
    stop: { durationS: 1 },
    ...request,
  });
  await createObject(service.data, keys.control(id), { schema: "brimline.control/1", action: "run" });
  await createObject(service.data, keys.open(id), { id });
  await createObject(service.data, keys.spec(id), {
    schema: "brimline.spec/1",
    id,
    caller: "admin",
    createdAt,
    requestSha256: "",
    spec,
  });
}

/** What preflight writes about an endpoint that is an LLM's. */
export const ACCEPTED_PREFLIGHT = {
  schema: "brimline.preflight/1",
  verdict: "accepted",
  problem: null,
  requests: 1,
  server: null,
  simulated: true,
  api: "chat",
  usage: true,
  ignoreEosHonoured: true,
  saysEnd: true,
  traits: { without: [] },
  promptCounts: [],
  metrics: null,
  addresses: null,
} satisfies PreflightObject;

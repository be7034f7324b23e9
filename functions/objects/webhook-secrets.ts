import { BrimlineError } from "@brimline/core/error";
import { Secret } from "@brimline/core/secret";
import { keys } from "@brimline/store/keys";
import type { Service } from "../service.ts";

/** No secret of a webhook has a space in it. */
const BETWEEN = " ";

/**
 * The secrets of a job's webhook, the newest first. There are two after a rotation. It is a BrimlineError
 * `secret_unavailable` where they are gone or were sealed with another key.
 */
export async function webhookSecrets(
  { data, sealer }: Pick<Service, "data" | "sealer">,
  jobId: string,
): Promise<[Secret, ...Secret[]] | BrimlineError> {
  const sealed = await data.get(keys.webhookSecret(jobId));
  if (sealed === null)
    return new BrimlineError("secret_unavailable", "the webhook's secret is gone; submit the job again");
  try {
    const [newest = "", ...others] = sealer.open(jobId, "webhook", sealed.body).reveal().split(BETWEEN);
    return [new Secret(newest), ...others.map((secret) => new Secret(secret))];
  } catch (error) {
    if (error instanceof BrimlineError && error.code === "secret_unavailable") return error;
    throw error;
  }
}

/** Seals a secret of a job's webhook, and the one before it where that is still to be valid. */
export async function sealWebhookSecrets(
  { data, sealer }: Pick<Service, "data" | "sealer">,
  jobId: string,
  secrets: Secret[],
): Promise<void> {
  const text = new Secret(secrets.map((secret) => secret.reveal()).join(BETWEEN));
  await data.put(keys.webhookSecret(jobId), sealer.seal(jobId, "webhook", text));
}

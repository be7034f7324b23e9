import { BrimlineError } from "@brimline/core/error";
import { Secret } from "@brimline/core/secret";
import { keys } from "@brimline/store/keys";
import type { Context } from "hono";
import { dropOfDeleted } from "../../objects/listing.ts";
import { sealWebhookSecrets, webhookSecrets } from "../../objects/webhook-secrets.ts";
import type { Service } from "../../service.ts";
import { readBody } from "../door/body.ts";
import { jobOfPath } from "./job-view.ts";
import { RequestError } from "../door/problem.ts";
import { WebhookSecret } from "../openapi/schemas.ts";

/**
 * `POST /v1/jobs/{id}/webhook/secret` gives a job's webhook a new secret. Messages are signed with it and with the one
 * before, so that a receiver may change over in its own time; an older one is forgotten.
 */
export const rotateSecret =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const { value } = await readBody(c, WebhookSecret);
    const { spec } = await jobOfPath(service, c, "change");
    const { id } = spec;
    if (spec.spec.webhook === undefined) throw new RequestError("conflict", "The job has no webhook.");
    const before = await webhookSecrets(service, id);
    const kept = before instanceof BrimlineError || before[0].reveal() === value.secret ? [] : [before[0]];
    await sealWebhookSecrets(service, id, [new Secret(value.secret), ...kept]);
    if (await dropOfDeleted(service, id, keys.webhookSecret(id))) await jobOfPath(service, c, "change");
    return c.body(null, 204);
  };

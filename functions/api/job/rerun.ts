import { BrimlineError } from "@brimline/core/error";
import { Rerun, rerunOf } from "@brimline/core/job/spec/rerun";
import type { Context } from "hono";
import { webhookSecrets } from "../../objects/webhook-secrets.ts";
import type { Service } from "../../service.ts";
import type { Admission } from "./admission.ts";
import { check, invalid, readBody } from "../door/body.ts";
import { jobOfPath } from "./job-view.ts";
import { idParam } from "../door/param.ts";
import { JobRequestBody } from "../openapi/schemas.ts";

/**
 * `POST /v1/jobs/{id}/rerun` submits a job that asks again what this one asked, by default with its seed, so request
 * by request. The endpoint's secrets were deleted with the job's end and must be given again; 422 names them.
 */
export const rerunJob =
  (service: Service, admission: Admission) =>
  async (c: Context): Promise<Response> => {
    const id = idParam(c);
    const { value: rerun, bytes } = await readBody(c, Rerun);
    const request = async () => {
      const {
        spec: { spec, secretFields },
        listing: { name, tags, visibility },
      } = await jobOfPath(service, c, "change");
      const ran = {
        spec: { ...spec, name, tags, visibility },
        secretFields,
        webhookSecret: spec.webhook === undefined ? null : await webhookSecretOf(service, id),
      };
      const again = rerunOf(ran, rerun);
      if ("errors" in again) throw invalid(again.errors);
      return check(JobRequestBody, again.request);
    };
    return admission.answer(c, { request, bytes: Buffer.concat([Buffer.from(`rerun ${id}\0`), bytes]) });
  };

/** It is kept as long as the log of deliveries. It is null where it is gone, or sealed with another key. */
async function webhookSecretOf(service: Service, id: string): Promise<string | null> {
  const secrets = await webhookSecrets(service, id);
  return secrets instanceof BrimlineError ? null : secrets[0].reveal();
}

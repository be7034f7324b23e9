import { dryRunOf } from "@brimline/core/job/plan/dry-run";
import { proofPlaces } from "@brimline/core/job/proof";
import type { Context } from "hono";
import { needsProof, ownershipToken } from "../../objects/ownership.ts";
import type { Service } from "../../service.ts";
import { withBaseline } from "./baseline.ts";
import { callerOf } from "../door/auth.ts";
import { readBody } from "../door/body.ts";
import { judgeSpec } from "./judge-spec.ts";
import type { Ports } from "../ports.ts";
import { refuse } from "./refuse.ts";
import { JobRequestBody, type Plan } from "../openapi/schemas.ts";

/**
 * `POST /v1/plan` says what a job would do: its levels, requests, tokens, time and dollars, and the proof that its
 * endpoint is the caller's, where it needs one. It complains as a submit would, and stores and sends nothing.
 */
export const planJob =
  (service: Service, ports: Ports) =>
  async (c: Context): Promise<Response> => {
    const { value: request } = await readBody(c, JobRequestBody);
    const caller = await callerOf(service, c);
    const { spec } = judgeSpec(service, "plan", await withBaseline(service, caller, request));
    refuse(ports, caller, spec);
    const proof = needsProof(caller.id, spec)
      ? { token: ownershipToken(service, caller.id), ...proofPlaces(spec.endpoint) }
      : null;
    return c.json({ ...dryRunOf(spec), proof } satisfies Plan, 200, { "cache-control": "no-store" });
  };

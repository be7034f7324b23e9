import type { Context } from "hono";
import type { Admission } from "./admission.ts";
import { readBody } from "../door/body.ts";
import { JobRequestBody } from "../openapi/schemas.ts";

/** `POST /v1/jobs` submits a job. */
export const submitJob =
  (admission: Admission) =>
  async (c: Context): Promise<Response> => {
    const { value, bytes } = await readBody(c, JobRequestBody);
    return admission.answer(c, { request: async () => value, bytes });
  };

import type { Context } from "hono";
import type { Admit } from "./admission.ts";
import { readBody } from "./body.ts";
import { JobRequestBody } from "./schemas.ts";

/** `POST /v1/jobs` submits a job. */
export const submitJob =
  (admit: Admit) =>
  async (c: Context): Promise<Response> => {
    const { value, bytes } = await readBody(c, JobRequestBody);
    return admit(c, { request: async () => value, bytes });
  };

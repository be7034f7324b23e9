import { NAMED_OBJECTIVES } from "@brimline/core/job/spec/objectives";
import type { Context } from "hono";

/** `GET /v1/objectives` lists the objectives that a job's `slo` may call by name. */
export const listObjectives = (c: Context): Response =>
  c.json({
    objectives: Object.entries(NAMED_OBJECTIVES).map(([name, objective]) => ({ name, ...objective })),
  });

import { detailOf } from "@brimline/core/job/spec/issues";
import { type Hook, z } from "@hono/zod-openapi";
import type { Env } from "hono";
import { type ProblemError, RequestError } from "./problem.ts";

const NAME_MAX = 64;

/**
 * The query that a route takes: these parameters and no others. A caller who misspells one, or believes in
 * one that does not exist (`dryRun`), is told of it and starts nothing.
 */
export const queryOf = <Shape extends z.core.$ZodShape>(shape: Shape) => {
  const known = Object.keys(shape);
  const takes = known.length === 0 ? "which takes none" : `which takes ${known.join(" and ")}`;
  return z.strictObject(shape, {
    error: ({ code }) =>
      code === "unrecognized_keys" ? `is not a parameter of this address, ${takes}` : undefined,
  });
};

/** Refuses a query that does not fit the route's schema. The answer names the parameters. */
export const refuseQuery: Hook<unknown, Env, string, unknown> = (result) => {
  if (result.success) return;
  const errors = result.error.issues.flatMap((issue): ProblemError[] =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => ({ parameter: key.slice(0, NAME_MAX), detail: issue.message }))
      : [{ parameter: issue.path.join("."), detail: detailOf(issue) }],
  );
  throw new RequestError("invalid_request", "See errors: each names a query parameter and what it must be.", {
    errors,
  });
};

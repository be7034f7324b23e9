import { detailOf } from "@brimline/core/job/issues";
import type { Hook } from "@hono/zod-openapi";
import type { Env } from "hono";
import { type ProblemError, RequestError } from "./problem.ts";

const NAME_MAX = 64;

/** Refuses a query that does not fit the route's schema. The answer names the parameters. */
export const refuseQuery: Hook<unknown, Env, string, unknown> = (result) => {
  if (result.success) return;
  const errors = result.error.issues.flatMap((issue): ProblemError[] =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => ({ parameter: key.slice(0, NAME_MAX), detail: "is not a parameter here" }))
      : [{ parameter: issue.path.join("."), detail: detailOf(issue) }],
  );
  throw new RequestError("invalid_request", "See errors: each names a query parameter and what it must be.", {
    errors,
  });
};

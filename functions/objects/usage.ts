import { z } from "zod";
import { ADMIN } from "./caller.ts";

/** What jobs used, added up. Requests and tokens are those that levels counted, their lost attempts included. */
export const Usage = z.object({
  jobs: z.int(),
  requests: z.int(),
  outputTokens: z.int(),
  /** $ of their GPUs from start to end, by the prices that the jobs state. */
  usd: z.number(),
  /** Jobs that state no price, and so are not in `usd`. */
  jobsWithoutPrice: z.int(),
});
export type Usage = z.infer<typeof Usage>;

export const NO_USAGE: Usage = { jobs: 0, requests: 0, outputTokens: 0, usd: 0, jobsWithoutPrice: 0 };

export const usageSum = (a: Usage, b: Usage): Usage => ({
  jobs: a.jobs + b.jobs,
  requests: a.requests + b.requests,
  outputTokens: a.outputTokens + b.outputTokens,
  usd: a.usd + b.usd,
  jobsWithoutPrice: a.jobsWithoutPrice + b.jobsWithoutPrice,
});

/** `changed/<id>/usage`: what a job used that is not counted yet. `day` is that of its end, UTC. */
export const UsageMark = z.object({
  schema: z.literal("brimline.usage-mark/1"),
  day: z.string(),
  /** Whose job it was. A mark of before this field is of the admin's. */
  caller: z.string().default(ADMIN),
  used: Usage,
});
export type UsageMark = z.infer<typeof UsageMark>;

/** `usage/<month>.json`. */
export const MonthObject = z.object({
  schema: z.literal("brimline.usage/1"),
  days: z.record(z.string(), Usage),
  /** Jobs that are counted here and whose marks may still be there. */
  counted: z.array(z.string()),
});
export type MonthObject = z.infer<typeof MonthObject>;

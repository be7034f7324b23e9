import { z } from "zod";
import { BottleneckCause, NextAction, VerdictCause, VerdictStatus } from "../../codes.ts";
import { Figure, unknown, Validity } from "../../figure.ts";
import { Load } from "../../load.ts";
import type { Problem } from "./problem.ts";

/** What to do next. `sentence` says it all, and the fields that an action has are for programs. */
export const NextStep = z.object({
  action: NextAction,
  sentence: z.string(),
  /** The load to ask, of `test_more`, or to keep to, of `ease_objective`. */
  load: Load.nullable(),
  /** How long each level must send, of `run_longer`. It is null where no time is known to do. */
  durationS: z.number().nullable(),
  /** How many requests each level must send instead, where the job's levels end by their number. */
  requests: z.int().nullable(),
});
export type NextStep = z.infer<typeof NextStep>;

/** Why the endpoint takes no more: one cause, what shows it, and what to change. */
export const Bottleneck = z.object({
  cause: BottleneckCause,
  /** The level that shows it: the lowest one beyond the capacity, or the highest that ran. */
  levelId: z.string(),
  /** What was measured there. Of `unknown` it says what would tell. */
  evidence: z.string(),
  /** What to change, in the words of the server. It is null where the evidence names nothing. */
  remedy: z.string().nullable(),
  /** JSON Pointers into the report. */
  refs: z.array(z.string()),
});
export type Bottleneck = z.infer<typeof Bottleneck>;

/**
 * What came of a job. It is made once, with the report, and the job, its events, webhooks, exit codes, pages and
 * prints all give this one. Reports that were made before `status` lack it and the four fields after it.
 */
export const Verdict = z.object({
  status: VerdictStatus.default("unknown"),
  /**
   * The level that `status` speaks of: the highest load that was asked, or the one that missed or failed; of a
   * search the highest that met the objective, if one did. Its id is
   * null if it never ran. The whole is null without a level.
   */
  level: z.object({ id: z.string().nullable(), load: Load }).nullable().default(null),
  /**
   * The first of these that holds: the endpoint went down, requests failed, the objective, the load generator, load
   * that was not delivered, then every other reason. It is null if the objective was met.
   */
  cause: VerdictCause.nullable().default(null),
  next: NextStep.nullable().default(null),
  /** How far the report can be trusted. */
  validity: Validity.nullable().default(null),
  /**
   * The answer in a sentence or two: the capacity, what it gives and costs, and what limits it. It is null without a
   * capacity, and in reports that lack the field.
   */
  answer: z.string().nullable().default(null),
  /** How it was judged in words, what failed first. */
  sentence: z.string(),
  /** The highest load that meets the objective, or without one that gave the most or was sustained. */
  capacity: Figure,
  capacityUnit: z.enum(["users", "requestsPerS"]),
  /** The level of the capacity. */
  levelId: z.string().nullable(),
  limit: z.enum(["slo", "kv_full", "queue", "power_cap", "thermal", "errors", "not_reached"]).nullable(),
  /** Why it takes no more. It is null where no level was measured, and in reports that lack the field. */
  bottleneck: Bottleneck.nullable().default(null),
});
export type Verdict = z.infer<typeof Verdict>;

/** A verdict of which only its words are known. */
export const spokenVerdict = (sentence: string): Verdict => ({
  status: "unknown",
  level: null,
  cause: null,
  next: null,
  validity: null,
  answer: null,
  sentence,
  capacity: unknown("not_recorded"),
  capacityUnit: "users",
  levelId: null,
  limit: null,
  bottleneck: null,
});

/** These end a job before anything is known of the endpoint. */
const SAYS_NOTHING = new Set<Problem["code"]>(["cancelled", "budget"]);

/** The verdict of a job that ended without a report. Its problem says what to do. */
export const problemVerdict = ({ code, title, detail }: Problem): Verdict => ({
  ...spokenVerdict(`${title}: ${detail}`),
  status: SAYS_NOTHING.has(code) ? "unknown" : "failed",
  cause: code,
  validity: "invalid",
  capacity: unknown("too_few_levels"),
});

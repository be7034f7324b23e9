import { JobSpec } from "../job/spec/spec.ts";
import type { Report } from "./schema.ts";

/** Where most engines listen. The reader puts an endpoint of their own in its place. */
export const OWN_ENDPOINT = "http://127.0.0.1:8000/v1";

/** The name of the file beside a page that has the job. */
export const JOB_FILE = "job.json";

/** What belongs to the job's caller, or to the machine that it ran on. */
const NOT_AGAIN = new Set([
  "endpoint",
  "name",
  "tags",
  "agents",
  "visibility",
  "baseline",
  "webhook",
  "seed",
]);

/**
 * The job that asks another endpoint what this report's job asked, as a caller writes it: without what has its default,
 * with the seed, so that the prompts are the same, and without secrets, which no report has.
 */
export function jobAgain({ job, endpoint, provenance }: Pick<Report, "job" | "endpoint" | "provenance">) {
  const asked = { url: OWN_ENDPOINT, model: endpoint.model, api: job.endpoint.api };
  const byDefault = JobSpec.parse({ endpoint: asked });
  const rest = Object.entries(job).filter(([key]) => !NOT_AGAIN.has(key));
  return { endpoint: asked, ...without(rest, byDefault), seed: provenance.seed };
}

/** The fields that differ from their default. Those of objects are compared one by one. */
function without(fields: [string, unknown][], byDefault: object): Record<string, unknown> {
  const defaults = new Map<string, unknown>(Object.entries(byDefault));
  return Object.fromEntries(
    fields.flatMap(([key, value]) => {
      const usual = defaults.get(key);
      if (value === undefined || JSON.stringify(value) === JSON.stringify(usual)) return [];
      if (!isObject(value) || !isObject(usual) || key === "levels") return [[key, value]];
      return [[key, without(Object.entries(value), usual)]];
    }),
  );
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The same job by two ways, for a reader whose endpoint and model stand in the place of these. */
export function waysAgain(report: Pick<Report, "endpoint">): { name: "CLI" | "curl"; command: string }[] {
  return [
    {
      name: "CLI",
      command: `npx brimline bench ${OWN_ENDPOINT} --model ${quoted(report.endpoint.model)} --job ${JOB_FILE}`,
    },
    {
      name: "curl",
      command: `curl http://127.0.0.1:4870/v1/jobs -H 'content-type: application/json' -d @${JOB_FILE}`,
    },
  ];
}

/** A word that a shell takes as it is. */
const quoted = (text: string): string =>
  /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;

import { z } from "zod";
import type { FieldError } from "./issues.ts";
import { partEndpoint, secretFields } from "./endpoint-secrets.ts";
import { Endpoint, JobSpec, Visibility, Webhook } from "./spec.ts";
import { endpointAddress } from "./url.ts";

/**
 * What a caller may say of a job that is run again: its seed, the secrets that were deleted when it ended, and how it
 * is listed. All else is asked as it was.
 */
export const Rerun = z.strictObject({
  /** `same` asks the same requests, and `new` draws others. A number or another text is the seed itself. */
  seed: z.union([z.int(), z.string().min(1).max(100)]).default("same"),
  endpoint: z
    .strictObject({
      /** It may repeat the URL, with what was secret in it. */
      url: Endpoint.shape.url.optional(),
      apiKey: Endpoint.shape.apiKey,
      basic: Endpoint.shape.basic,
      secretHeaders: Endpoint.shape.secretHeaders,
      tls: z
        .strictObject({
          key: z
            .string()
            .min(1)
            .max(16 * 1024),
        })
        .optional(),
    })
    .prefault({}),
  webhook: Webhook.pick({ secret: true }).required().optional(),
  name: JobSpec.shape.name,
  tags: JobSpec.shape.tags.unwrap().optional(),
  visibility: Visibility.optional(),
  /** Null compares with nothing. Unless given, it is that of the job. */
  baseline: JobSpec.shape.baseline.unwrap().nullable().optional(),
});
export type Rerun = z.infer<typeof Rerun>;

/** A job that ran, and where it had secrets. */
export interface Ran {
  spec: JobSpec;
  secretFields: string[];
  /** The webhook's secret where that is still there. */
  webhookSecret: string | null;
}

/** The job that asks again what `ran` asked, as a caller submits it; or what is missing for that. */
export function rerunOf(ran: Ran, rerun: Rerun): { request: JobSpec } | { errors: FieldError[] } {
  const { spec } = ran;
  const { url, tls, ...secrets } = rerun.endpoint;
  const address = url === undefined ? null : endpointAddress(url, spec.endpoint.api);
  if (address !== null && (!("url" in address) || address.url !== spec.endpoint.url))
    return {
      errors: [
        { pointer: "/endpoint/url", detail: "names another endpoint: submit a job of its own for that" },
      ],
    };
  const endpoint: Endpoint = {
    ...spec.endpoint,
    ...withoutUndefined(secrets),
    url: url ?? spec.endpoint.url,
    ...(tls !== undefined && { tls: { ...spec.endpoint.tls, ...tls } }),
  };
  const given = new Set(secretFields(partEndpoint(endpoint).secrets));
  const webhookSecret = rerun.webhook?.secret ?? ran.webhookSecret;
  const missing = [
    ...ran.secretFields.filter((field) => !given.has(field)),
    ...(spec.webhook !== undefined && webhookSecret === null ? ["/webhook/secret"] : []),
  ];
  if (missing.length > 0)
    return {
      errors: missing.map((pointer) => ({
        pointer,
        detail: "was a secret and is deleted since the job ended: give it again",
      })),
    };
  const { seed: _seed, baseline: before, webhook, ...asked } = spec;
  const seed = seedOf(spec, rerun.seed);
  const baseline = rerun.baseline === undefined ? before : (rerun.baseline ?? undefined);
  return {
    request: {
      ...asked,
      endpoint,
      name: rerun.name ?? spec.name,
      tags: rerun.tags ?? spec.tags,
      visibility: rerun.visibility ?? spec.visibility,
      ...(webhook !== undefined &&
        webhookSecret !== null && { webhook: { ...webhook, secret: webhookSecret } }),
      ...(baseline !== undefined && { baseline }),
      ...(seed !== undefined && { seed }),
    },
  };
}

function seedOf(spec: JobSpec, seed: Rerun["seed"]): string | undefined {
  if (seed === "new") return undefined;
  return seed === "same" ? spec.seed : String(seed);
}

const withoutUndefined = <T extends object>(fields: T): Partial<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;

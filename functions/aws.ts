import { BrimlineError } from "@brimline/core/error";
import { createGuard } from "@brimline/load/guard/guard";
import { s3Store } from "@brimline/store/s3";
import { s3Location } from "@brimline/store/s3-location";
import { idKeyOf } from "./api/id.ts";
import { LEVEL, PREFLIGHT, USERS_MAX } from "./aws/limits.ts";
import { setting } from "./aws/setting.ts";
import { createSealer } from "./sealer.ts";
import type { Sealer } from "./sealer.ts";
import type { Service } from "./service.ts";

/**
 * This file is the root of a deployment on AWS. Each file of `aws/` that exports a `handler` is one Lambda
 * function, which `sst.config.ts` wires.
 */

export interface AwsOptions {
  /** Only functions that seal or open secrets or make job ids get it. */
  masterKey?: Buffer;
  /** Only the API gets it. */
  adminKeySha256?: string;
}

/** A Function URL must end its answer within 60 s. A reader of events comes back then. */
const EVENTS_MAX_MS = 55_000;
export const CAPS = {
  openJobs: 1000,
  users: USERS_MAX,
  level: LEVEL,
  preflight: PREFLIGHT,
  bodyBytes: 256 * 1024,
};

/** The time between two writes of a shard's progress, and between two looks at its control object, ms. */
export const RHYTHM = { progressEveryMs: 5000, controlEveryMs: 1000 };

/** The service as one Lambda function sees it. Using a secret that the function was not given throws. */
export function awsService({ masterKey, adminKeySha256 }: AwsOptions = {}): Service {
  const publicUrl = setting("BRIMLINE_PUBLIC_URL");
  return {
    data: s3Store(s3Location(`s3://${setting("BRIMLINE_DATA_BUCKET")}`)),
    site: s3Store(s3Location(`s3://${setting("BRIMLINE_SITE_BUCKET")}`)),
    guard: createGuard({
      profile: "cloud",
      denyHosts: [new URL(publicUrl).host],
      allow: allowed(process.env["BRIMLINE_ALLOW"] ?? ""),
    }),
    sealer: masterKey === undefined ? NO_SEALER : createSealer(masterKey),
    get idKey() {
      if (masterKey === undefined) throw noMasterKey();
      return idKeyOf(masterKey);
    },
    config: {
      platform: "aws",
      publicUrl,
      generator: `brimline ${setting("BRIMLINE_VERSION")}`,
      region: process.env["AWS_REGION"] ?? null,
      defaultVisibility: "private",
      adminKeySha256: adminKeySha256 ?? null,
      caps: CAPS,
      ...RHYTHM,
      agentsRest: true,
      eventsMaxMs: EVENTS_MAX_MS,
    },
    now: Date.now,
  };
}

/** The operator's list of private ranges that jobs may reach: `10.0.0.0/8,172.16.4.0/24`. */
const allowed = (text: string): { cidr: string }[] =>
  text
    .split(",")
    .filter((cidr) => cidr !== "")
    .map((cidr) => ({ cidr }));

const noMasterKey = (): BrimlineError =>
  new BrimlineError("secret_unavailable", "this function was not given the master key");
const NO_SEALER: Sealer = {
  seal() {
    throw noMasterKey();
  },
  open() {
    throw noMasterKey();
  },
};

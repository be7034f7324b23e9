import type { ObjectStore } from "@brimline/store/store";
import type { Guard } from "@brimline/load/guard/guard";
import type { Sealer } from "./secret.ts";

/** What a root (local.ts, aws.ts) gives to the API and to the steps. Everything else they find in the stores. */
export interface Service {
  data: ObjectStore;
  /** Published pages. */
  site: ObjectStore;
  /** Judges every address that a caller names, as text and at connect. */
  guard: Guard;
  /** Seals endpoint keys and webhook secrets. */
  sealer: Sealer;
  /** 32 secret bytes that make job ids unguessable and bind them to Idempotency-Keys (see `idKeyOf` in api/id.ts). The same at every start. */
  idKey: Buffer;
  config: ServiceConfig;
  /** Wall clock, Unix ms. */
  now(): number;
}

export interface ServiceConfig {
  engine: "local" | "aws";
  /** Where callers reach the API and the pages, without a trailing slash. */
  publicUrl: string;
  /** `brimline <version>`, printed in reports. */
  generator: string;
  region: string | null;
  defaultVisibility: "public" | "unlisted";
  /** Sha-256 of the admin key, hex; null = no key needed (loopback only). */
  adminKeySha256: string | null;
  caps: {
    /** Jobs that are not ended, over all callers. */
    openJobs: number;
    /** Users of one level. */
    users: number;
    /** From its T0: until when a level may send, its ramp with it, and until when its last request must have ended; null = no limit. */
    level: { loadS: number; endS: number } | null;
    bodyBytes: number;
  };
  /** How often shards write progress and look for a cancel, ms. */
  progressEveryMs: number;
  controlEveryMs: number;
  /** An agent that no running job names asks, sends and compares clocks less often: where its requests are paid for. It never rests unless given. */
  agentsRest?: boolean;
  /** A stream of events ends after this long, and its reader comes back for the rest; no limit unless given. */
  eventsMaxMs?: number;
  /** Seconds before each further try at a webhook, instead of RETRY_S in webhook.ts. */
  webhookRetryS?: readonly number[];
}

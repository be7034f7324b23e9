import type { ObjectStore } from "@brimline/store/store";
import type { Guard } from "@brimline/load/guard/guard";
import type { Sealer } from "./sealer.ts";

/**
 * What a root (`local.ts`, `aws.ts`) gives to the API, the workflow and the tasks. They find everything else
 * in the stores.
 */
export interface Service {
  data: ObjectStore;
  /** The published pages. */
  site: ObjectStore;
  /** Judges every address that a caller names, as text and again when it is dialled. */
  guard: Guard;
  /** Seals endpoint keys and webhook secrets. */
  sealer: Sealer;
  /**
   * 32 secret bytes that make job ids unguessable (`idKeyOf` in api/id.ts). They are the same at every start.
   */
  idKey: Buffer;
  config: ServiceConfig;
  /** The wall clock, Unix ms. */
  now(): number;
}

export interface ServiceConfig {
  platform: "local" | "aws";
  /** The URL at which callers reach the API and the pages, without a trailing slash. */
  publicUrl: string;
  /** `brimline <version>`, as it stands in reports. */
  generator: string;
  region: string | null;
  /** Where a key is needed, reports are private unless their jobs say otherwise. */
  defaultVisibility: "public" | "private";
  /**
   * The SHA-256 of the admin key, hex. It is null when no key is needed, which only a service on loopback may
   * have.
   */
  adminKeySha256: string | null;
  caps: {
    /** The number of jobs that have not ended. */
    openJobs: number;
    /** The number of users of one level. */
    users: number;
    /**
     * The seconds after T0 in which a level may send, and in which its last request must end. It is null when
     * there is no cap.
     */
    level: { loadS: number; endS: number } | null;
    /**
     * How long one call of preflight may wait for an endpoint that is not up, before another goes on, and how
     * long all its requests may take once it is up, s. Unless given, there is no cap.
     */
    preflight?: { turnS: number; askS: number };
    bodyBytes: number;
  };
  /** The time between two writes of a shard's progress, and between two looks at its control object, ms. */
  progressEveryMs: number;
  controlEveryMs: number;
  /**
   * An agent that no running job names rests, because its requests cost money here. Unless given, agents
   * never rest.
   */
  agentsRest?: boolean;
  /**
   * The longest time that a stream of events lasts. Its reader comes back for the rest. Unless given, it has
   * no bound.
   */
  eventsMaxMs?: number;
  /** How many requests to the API each caller may send in a minute. Unless given, there is no limit. */
  requestsPerMinute?: number;
  /** The seconds before each further try at a delivery. Unless given, RETRY_S in webhook.ts holds. */
  webhookRetryS?: readonly number[];
}

import type { ServiceConfig } from "../service.ts";

/** What the local service allows. */
export const LOCAL_CAPS: ServiceConfig["caps"] = {
  openJobs: 100,
  users: 10_000,
  level: null,
  bodyBytes: 256 * 1024,
};

/** The users of one process that sends load, if there are cores for more. */
export const USERS_PER_SHARD = 250;

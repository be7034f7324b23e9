import { z } from "zod";
import type { AnyDemand } from "./demand.ts";

export const Users = z.int().min(1).max(100_000);

/** A level of users as a caller may write it. A bare number means the same. */
export const ConcurrencySpec = z.strictObject({ concurrency: Users });

export const ConcurrencyLoad = z.object({ kind: z.literal("concurrency"), users: z.int() });
export type ConcurrencyLoad = z.infer<typeof ConcurrencyLoad>;

export const concurrencyLoad = (users: number): ConcurrencyLoad => ({ kind: "concurrency", users });

/** A number of users, each of whom waits for an answer before it asks again. */
export interface ClosedDemand extends AnyDemand<ConcurrencyLoad> {
  isOpenLoop: false;
  users: number;
  ratePerS: null;
}

export const concurrencyDemand = ({ users }: ConcurrencyLoad): ClosedDemand => ({
  isOpenLoop: false,
  users,
  ratePerS: null,
  value: users,
  unit: { code: "users", one: "user", many: "users", axis: "Users" },
  suffix: users === 1 ? " user" : " users",
  expectedInFlight: () => users,
  stopOf: (asked) => ({ durationS: asked?.durationS ?? null, requests: asked?.requests ?? null }),
  rampS: (wantedS) => wantedS,
  countIn: () => null,
  raisedBy: (factor) => concurrencyLoad(Math.ceil(factor * users)),
  *schedule(_name, { shard, shards }, { requests }) {
    for (let index = shard; index < (requests ?? Infinity); index += shards) yield { index, dueMs: null };
  },
});

/** The users of one shard. User u belongs to shard u mod shards. */
export function usersOf(shard: number, shards: number, users: number): number[] {
  return Array.from({ length: users }, (_, user) => user).filter((user) => user % shards === shard);
}

/**
 * How long after the start of a ramp a user sends its first request, in the unit of `ramp`. Users start
 * evenly over the ramp.
 */
export const rampMs = (user: number, users: number, ramp: number): number => (ramp * user) / users;

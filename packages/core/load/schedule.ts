/** Names a schedule. The same name gives the same due times everywhere. */
export interface ScheduleName {
  seed: string;
  levelId: string;
  repeat: number;
}

/**
 * One shard's part of a schedule: the indices ≡ shard (mod shards). Due times are drawn for the whole level,
 * so gamma arrivals stay gamma however many shards there are.
 */
export interface Part {
  shard: number;
  shards: number;
}

/**
 * How many of a number of requests fall to a part. Null stays null, because it means that there is no such
 * bound.
 */
export const shareOf = ({ shard, shards }: Part, requests: number | null): number | null =>
  requests === null ? null : Math.ceil((requests - shard) / shards);

export interface Due {
  /** The request's place in the level's schedule. */
  index: number;
  /** Ms since T0. It is null where the request is due when a user is free. */
  dueMs: number | null;
}

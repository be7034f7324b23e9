import { demandOf, type Load } from "@brimline/core/load";

/**
 * The largest number of streams that one shard has open at once. It is 0 for a rate, where nobody knows it
 * before the load.
 */
export const streamsOf = (load: Load, shards: number): number =>
  Math.ceil((demandOf(load).users ?? 0) / shards);

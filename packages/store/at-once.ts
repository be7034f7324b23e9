import pLimit from "p-limit";

/**
 * How many small requests to a store run side by side. With so many a thousand take seconds, and they are
 * fewer than the connections that an S3 client holds.
 */
export const REQUESTS_AT_ONCE = 32;

/**
 * Acts on items in their order, at most so many at once, and returns the results in that order. If some fail,
 * the others are still acted on. Then it throws the failure of the first of them.
 */
export async function atOnce<T, R>(
  limit: number,
  items: Iterable<T>,
  act: (item: T) => Promise<R>,
): Promise<R[]> {
  const turn = pLimit(limit);
  const acts = Array.from(items, (item) => turn(act, item));
  // A function on AWS is frozen once it has answered, so a failure must not leave the others half done.
  await Promise.allSettled(acts);
  return Promise.all(acts);
}

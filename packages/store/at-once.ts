import pLimit from "p-limit";

/** So many small requests to a store side by side: enough that a thousand take seconds, and fewer than the connections an S3 client holds. */
export const REQUESTS_AT_ONCE = 32;

/**
 * Acts on items in their order, at most so many at once, and gives the results in that order. Where some fail, the others are still acted
 * on; then the failure of the first of them is thrown.
 */
export async function atOnce<T, R>(
  limit: number,
  items: Iterable<T>,
  act: (item: T) => Promise<R>,
): Promise<R[]> {
  const turn = pLimit(limit);
  const acts = Array.from(items, (item) => turn(act, item));
  // A function on AWS is frozen once it has answered: a failure must not leave the others half done.
  await Promise.allSettled(acts);
  return Promise.all(acts);
}

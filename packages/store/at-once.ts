/** So many small requests to a store side by side: enough that a thousand take seconds, and fewer than the connections an S3 client holds. */
export const REQUESTS_AT_ONCE = 32;

/**
 * Acts on items in their order, at most so many at once, and gives the results in that order. Where some fail, the others are still acted
 * on; then the first failure is thrown.
 */
export async function atOnce<T, R>(
  limit: number,
  items: Iterable<T>,
  act: (item: T) => Promise<R>,
): Promise<R[]> {
  const left = [...items].entries();
  const results: R[] = [];
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    // All take from one list.
    for (const [index, item] of left) {
      try {
        results[index] = await act(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, work));
  if (failures.length > 0) throw failures[0];
  return results;
}

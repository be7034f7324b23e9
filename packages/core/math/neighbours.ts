/** What was told, and by what. */
interface Told<Item> {
  told: boolean;
  by: Item[];
}

/**
 * What can be told of one of several groups, where each is no better than the one before it: by itself; together with
 * the next one, where the two are good enough as one; or together with the one before, where they are not. Two as one
 * are no better than the first of them, and no worse than the second. It is null where nothing can be told.
 */
export function toldWithNeighbours<Item>(
  groups: Item[][],
  index: number,
  judge: (items: Item[]) => boolean | null,
): Told<Item> | null {
  const [before, own, after] = [groups[index - 1], groups[index] ?? [], groups[index + 1]];
  const told = judge(own);
  if (told !== null) return { told, by: own };
  const worse = [...own, ...(after ?? [])];
  if (after !== undefined && judge(worse) === true) return { told: true, by: worse };
  const better = [...(before ?? []), ...own];
  return before !== undefined && judge(better) === false ? { told: false, by: better } : null;
}

/** A value and how much it weighs. */
export interface Weighted {
  value: number;
  weight: number;
}

/**
 * The values that never grow and lie closest to those given, by weighted least squares: the pool-adjacent-violators
 * algorithm (Ayer et al., Ann. Math. Stat. 26, 1955). Neighbours that would grow share their weighted mean.
 */
export function falling(values: Weighted[]): number[] {
  const blocks: (Weighted & { size: number })[] = [];
  for (const { value, weight } of values) {
    let block = { value, weight, size: 1 };
    for (let last = blocks.at(-1); last !== undefined && last.value < block.value; last = blocks.at(-1)) {
      blocks.pop();
      const sum = last.weight + block.weight;
      block = {
        value: (last.value * last.weight + block.value * block.weight) / sum,
        weight: sum,
        size: last.size + block.size,
      };
    }
    blocks.push(block);
  }
  return blocks.flatMap(({ value, size }) => Array<number>(size).fill(value));
}

/** A list of numbers that grows, with 8 bytes for each. */
export interface Numbers {
  length: number;
  push(value: number): void;
  /** Gives all of them in ascending order and empties the list. */
  sorted(): Float64Array;
}

/** `expected` says about how many there will be. */
export function createNumbers(expected = 64): Numbers {
  let values = new Float64Array(Math.max(expected, 1));
  const numbers: Numbers = {
    length: 0,
    push(value) {
      if (numbers.length === values.length) {
        const next = new Float64Array(2 * values.length);
        next.set(values);
        values = next;
      }
      values[numbers.length++] = value;
    },
    sorted() {
      const all = values.subarray(0, numbers.length);
      // Counts are often all the same, so sorting can often be saved.
      if (all.some((value, i) => i > 0 && value < (all[i - 1] ?? value))) all.sort();
      values = new Float64Array(1);
      numbers.length = 0;
      return all;
    },
  };
  return numbers;
}

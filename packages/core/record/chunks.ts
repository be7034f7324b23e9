/** Keeps the chunks of many requests, in memory or in a file, until they are read a second time. */
export interface ChunkStore {
  /** The caller may reuse the words when this returns. */
  write(words: Uint16Array): void;
  /** What was written, in the order of writing. Asking for the next piece may overwrite this one. */
  pieces(): Iterable<Uint16Array>;
}

export function memoryChunks(): ChunkStore {
  const pieces: Uint16Array[] = [];
  return { write: (words) => void pieces.push(words.slice()), pieces: () => pieces };
}

/**
 * A value of this size or more takes this word and three others. Only the wait of a stall is so long, never
 * the gap of a stream that flows.
 */
const LONG = 0xffff;
const LONG_WORDS = 4;
const PIECE_WORDS = 1 << 14;

/**
 * Packs lists of whole numbers (gaps in µs, tokens of chunks) into words, a piece at a time. A list never
 * spans two pieces.
 */
export function createPacker(store: ChunkStore): {
  add(values: ArrayLike<number>, count: number): void;
  end(): void;
} {
  let words = new Uint16Array(PIECE_WORDS);
  let used = 0;
  const flush = (): void => {
    if (used > 0) store.write(words.subarray(0, used));
    used = 0;
  };
  return {
    add(values, count) {
      if (used + count * LONG_WORDS > words.length) flush();
      if (count * LONG_WORDS > words.length) words = new Uint16Array(count * LONG_WORDS);
      // These are locals because the loop sees every chunk.
      const piece = words;
      let at = used;
      for (let i = 0; i < count; i++) {
        const value = values[i] ?? 0;
        if (value >= 0 && value < LONG) {
          piece[at++] = value;
          continue;
        }
        if (!(value >= 0 && value < 2 ** 48)) throw new RangeError(`${value} is no gap and no count`);
        piece[at++] = LONG;
        piece[at++] = Math.floor(value / 2 ** 32);
        piece[at++] = value / 2 ** 16;
        piece[at++] = value;
      }
      used = at;
    },
    end: flush,
  };
}

/**
 * Reads packed lists back in the order in which they were added. It fills `values` and returns it, or returns
 * a larger list if that is too short.
 */
export function createUnpacker(store: ChunkStore): (count: number, values: Float64Array) => Float64Array {
  const pieces = store.pieces()[Symbol.iterator]();
  let words: Uint16Array = new Uint16Array(0);
  let at = 0;
  return (count, values) => {
    const list = count > values.length ? new Float64Array(2 * count) : values;
    if (count > 0 && at >= words.length) {
      const next = pieces.next();
      if (next.done === true) throw new RangeError("the chunks of a record are missing");
      words = next.value;
      at = 0;
    }
    const piece = words;
    let from = at;
    for (let i = 0; i < count; i++) {
      const word = piece[from++] ?? 0;
      list[i] =
        word === LONG
          ? (piece[from++] ?? 0) * 2 ** 32 + (piece[from++] ?? 0) * 2 ** 16 + (piece[from++] ?? 0)
          : word;
    }
    at = from;
    return list;
  };
}

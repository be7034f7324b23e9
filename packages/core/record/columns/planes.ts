/**
 * Whole numbers of `width` bytes (4, or 8 of which 53 bits count), split into bytes as Parquet's
 * `BYTE_STREAM_SPLIT` does: all lowest bytes come first, then all of the next. So bytes that hardly differ lie
 * together, and packing needs to do little more than find them.
 */
export interface PlaneWriter {
  add(value: number): void;
  /** Adds whole numbers below 2³². It throws RangeError at any other. */
  addWords(values: ArrayLike<number>): void;
  /** The planes so far, which the next write may change. The writer begins anew. */
  take(): Uint8Array[];
}

const FIRST_VALUES = 64;

export function createPlanes(width: 4 | 8): PlaneWriter {
  let capacity = FIRST_VALUES;
  let planes = Array.from({ length: width }, () => new Uint8Array(capacity));
  let length = 0;

  function room(more: number): void {
    if (length + more <= capacity) return;
    capacity = Math.max(2 * capacity, length + more);
    planes = planes.map((plane) => {
      const grown = new Uint8Array(capacity);
      grown.set(plane.subarray(0, length));
      return grown;
    });
  }

  return {
    add(value) {
      room(1);
      for (let i = 0; i < width; i += 4) {
        const word = i === 0 ? value : Math.floor(value / 2 ** 32);
        for (let byte = 0; byte < 4; byte++) {
          const plane = planes[i + byte];
          if (plane !== undefined) plane[length] = word >>> (8 * byte);
        }
      }
      length++;
    },
    addWords(values) {
      room(values.length);
      // These are locals because the loop sees every chunk.
      const [plane0, plane1, plane2, plane3] = planes;
      if (plane0 === undefined || plane1 === undefined || plane2 === undefined || plane3 === undefined)
        return;
      let at = length;
      for (let i = 0; i < values.length; i++) {
        const value = values[i] ?? 0;
        const word = value >>> 0;
        if (word !== value) throw new RangeError(`${value} is no whole number below 2^32`);
        plane0[at] = word;
        plane1[at] = word >>> 8;
        plane2[at] = word >>> 16;
        plane3[at] = word >>> 24;
        at++;
      }
      length = at;
    },
    take() {
      const taken = planes.map((plane) => plane.subarray(0, length));
      length = 0;
      return taken;
    },
  };
}

/** Reads words below 2³² from such planes, which begin at `from`: `count` of them, from number `first` on. */
export function readWords(
  bytes: Uint8Array,
  { from, stride }: Planes,
  first: number,
  count: number,
  into: Float64Array,
): void {
  const low = from + first;
  const second = low + stride;
  const third = second + stride;
  const high = third + stride;
  for (let i = 0; i < count; i++)
    into[i] =
      (bytes[low + i] ?? 0) +
      ((bytes[second + i] ?? 0) << 8) +
      ((bytes[third + i] ?? 0) << 16) +
      (bytes[high + i] ?? 0) * 2 ** 24;
}

/** Where planes lie in a column, and how many values each has. */
export interface Planes {
  from: number;
  stride: number;
}

/** Reads the number `at`, of 4 bytes without sign or of 8 with one. */
export function readNumber(bytes: Uint8Array, { from, stride }: Planes, width: 4 | 8, at: number): number {
  const byte = (plane: number): number => bytes[from + plane * stride + at] ?? 0;
  const low = (byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24)) >>> 0;
  if (width === 4) return low;
  return (byte(4) | (byte(5) << 8) | (byte(6) << 16) | (byte(7) << 24)) * 2 ** 32 + low;
}

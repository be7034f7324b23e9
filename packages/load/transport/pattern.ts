const WORD_BYTES = 8;

/**
 * Bytes that are looked for again and again. They are compared in JavaScript, a word at a time, because the
 * way into C++ and back costs more than the comparison. A word is a double, the only 64 bits that JavaScript
 * compares without making an object of them. Two doubles are equal if their bits are, except for NaN and for
 * zero, of which there are two. Bytes with such a word are found nowhere, but no JSON text has one.
 */
export class Pattern {
  readonly length: number;
  readonly #words: Float64Array;
  /**
   * The last word, which may overlap the one before. It is null where there are fewer bytes than a word has.
   */
  readonly #last: number | null;
  readonly #bytes: Buffer;

  /** It keeps a copy of the bytes. */
  constructor(bytes: Buffer) {
    this.#bytes = Buffer.from(bytes);
    this.length = bytes.length;
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.length);
    const wordAt = (place: number): number => view.getFloat64(place, true) || Number.NaN;
    this.#words = Float64Array.from({ length: Math.floor(this.length / WORD_BYTES) }, (_, nth) =>
      wordAt(WORD_BYTES * nth),
    );
    this.#last = this.length < WORD_BYTES ? null : wordAt(this.length - WORD_BYTES);
  }

  /** Whether these bytes stand at `at`. They must not reach past the end of the view. */
  isAt(view: DataView, at: number): boolean {
    const words = this.#words;
    // The loop compares four words a turn, which saves a twelfth of what reading a chunk takes outside the
    // kernel.
    const fours = words.length - 3;
    let nth = 0;
    let place = at;
    for (; nth < fours; nth += 4, place += 32) {
      if (
        view.getFloat64(place, true) !== words[nth] ||
        view.getFloat64(place + 8, true) !== words[nth + 1] ||
        view.getFloat64(place + 16, true) !== words[nth + 2] ||
        view.getFloat64(place + 24, true) !== words[nth + 3]
      )
        return false;
    }
    for (; nth < words.length; nth++, place += WORD_BYTES)
      if (view.getFloat64(place, true) !== words[nth]) return false;
    if (this.#last !== null) return view.getFloat64(at + this.length - WORD_BYTES, true) === this.#last;
    return this.#bytes.every((byte, nth) => view.getUint8(at + nth) === byte);
  }
}

let latest: { bytes: Buffer; view: DataView } = {
  bytes: Buffer.alloc(0),
  view: new DataView(new ArrayBuffer(0)),
};

/**
 * A view of the bytes, in which words can be read. All sockets are read into one buffer, so its view is made
 * once.
 */
export function viewOf(bytes: Buffer): DataView {
  if (bytes !== latest.bytes)
    latest = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
  return latest.view;
}

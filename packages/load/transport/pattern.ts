const WORD_BYTES = 4;

/** Bytes that are looked for again and again. Compared in JavaScript, a word at a time: the way into C++ and back costs more than the bytes. */
export class Pattern {
  readonly length: number;
  readonly #words: Int32Array;
  /** The last word, which may overlap the one before; null where there are fewer bytes than one has. */
  readonly #last: number | null;
  readonly #bytes: Buffer;

  /** Keeps a copy. */
  constructor(bytes: Buffer) {
    this.#bytes = Buffer.from(bytes);
    this.length = bytes.length;
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.length);
    this.#words = new Int32Array(Math.floor(this.length / WORD_BYTES));
    for (let nth = 0; nth < this.#words.length; nth++) this.#words[nth] = view.getInt32(WORD_BYTES * nth);
    this.#last = this.length < WORD_BYTES ? null : view.getInt32(this.length - WORD_BYTES);
  }

  /** Whether these bytes stand at `at`. They must not reach past the end of the view. */
  isAt(view: DataView, at: number): boolean {
    const words = this.#words;
    for (let nth = 0, place = at; nth < words.length; nth++, place += WORD_BYTES) {
      if (view.getInt32(place) !== words[nth]) return false;
    }
    if (this.#last !== null) return view.getInt32(at + this.length - WORD_BYTES) === this.#last;
    return this.#bytes.every((byte, nth) => view.getUint8(at + nth) === byte);
  }
}

let latest: { bytes: Buffer; view: DataView } = { bytes: Buffer.alloc(0), view: new DataView(new ArrayBuffer(0)) };

/** The same bytes as words. All sockets are read into one buffer, so that its view is made once. */
export function viewOf(bytes: Buffer): DataView {
  if (bytes !== latest.bytes) latest = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
  return latest.view;
}

import { ByteList } from "./byte-list.ts";

/**
 * Levels as runs of equal values: Parquet's RLE/bit-packing hybrid of at most 8 bits, of which only the runs
 * are written. A run is a varint of twice its length, then the value's byte.
 * https://parquet.apache.org/docs/file-format/data-columns/encodings/
 */
export class RunWriter {
  readonly #bytes = new ByteList();
  #value = 0;
  #length = 0;

  add(value: number, times: number): void {
    if (value !== this.#value) this.#flush();
    this.#value = value;
    this.#length += times;
  }

  /** The runs so far. They are a view, and the writer begins anew. */
  take(): Uint8Array {
    this.#flush();
    const runs = this.#bytes.view();
    this.#bytes.length = 0;
    return runs;
  }

  #flush(): void {
    if (this.#length === 0) return;
    let rest = 2 * this.#length;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) this.#bytes.push((rest % 0x80) | 0x80);
    this.#bytes.push(rest);
    this.#bytes.push(this.#value);
    this.#length = 0;
  }
}

/** Reads such runs. */
export class RunReader {
  /** The value of the run that is read now, and how many of it are left. */
  value = 0;
  left = 0;
  readonly #bytes: Uint8Array;
  #at: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, from: number, to: number) {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = to;
  }

  /** Goes to the next run if this one is used up. It is false if there is none. */
  more(): boolean {
    if (this.left > 0) return true;
    if (this.#at >= this.#end) return false;
    let twice = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#bytes[this.#at++] ?? 0;
      twice += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    this.left = twice / 2;
    this.value = this.#bytes[this.#at++] ?? 0;
    return true;
  }

  /** Takes `times` entries, and gives the value of the first. */
  take(times: number): number {
    if (!this.more()) throw new RangeError("the levels of a column end early");
    const first = this.value;
    for (let rest = times; rest > 0;) {
      if (!this.more()) throw new RangeError("the levels of a column end early");
      const taken = Math.min(rest, this.left);
      this.left -= taken;
      rest -= taken;
    }
    return first;
  }
}

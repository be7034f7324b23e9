const FIRST_BYTES = 64;

/** Bytes that grow as they are written. `bytes` is longer than `length`. */
export class ByteList {
  bytes = new Uint8Array(FIRST_BYTES);
  length = 0;

  /** Makes room for so many more bytes, and gives the array that has it. */
  room(more: number): Uint8Array {
    if (this.length + more > this.bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.bytes.length, this.length + more));
      grown.set(this.bytes.subarray(0, this.length));
      this.bytes = grown;
    }
    return this.bytes;
  }

  push(byte: number): void {
    this.room(1)[this.length++] = byte;
  }

  /** The bytes so far. They are a view, which the next write may change. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

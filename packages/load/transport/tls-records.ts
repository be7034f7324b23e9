const HEADER_BYTES = 5;
const LENGTH_AT = 3;

/**
 * Follows the TLS records in what a connection brings, which may tear them anywhere. Of each read it says where the
 * record begins that ends with the read, which is `count` where none does.
 */
export function lastRecords(): (bytes: Buffer, count: number) => number {
  /** How much of the latest record was read, with its header, and how long it is by as much as was read of it. */
  let taken = 0;
  let length = 0;
  return (bytes, count) => {
    let from = 0;
    let last = 0;
    for (let at = 0; at < count;) {
      if (taken === 0) from = at;
      if (taken < HEADER_BYTES) {
        length =
          taken < LENGTH_AT ? HEADER_BYTES : length + (bytes[at] ?? 0) * (taken === LENGTH_AT ? 256 : 1);
        taken++;
        at++;
      } else {
        const step = Math.min(length - taken, count - at);
        taken += step;
        at += step;
      }
      if (taken < HEADER_BYTES || taken < length) continue;
      taken = 0;
      last = from;
    }
    return taken === 0 ? last : count;
  };
}

/** What the truth server did for one stream, in ms of CLOCK_MONOTONIC. */
export interface StreamLog {
  /** The id that the query gave, or that of its body (`idOf`). */
  id: number;
  /** When the server's kernel had the request; by TLS and without a compiler, when the server had read it. */
  gotMs: number;
  /** When each chunk was handed to the socket. */
  writtenMs: Float64Array;
}

const INT64_BYTES = 8;

/**
 * Reads `GET /log`. For each stream it has the id, when its request came (ns), how many chunks it has,
 * and when each was written (ns), all as int64 little endian.
 */
export function readLog(bytes: ArrayBuffer): StreamLog[] {
  const view = new DataView(bytes);
  const streams: StreamLog[] = [];
  let at = 0;
  const next = (): number => Number(view.getBigInt64(INT64_BYTES * at++, true));
  while (INT64_BYTES * at < bytes.byteLength) {
    const id = next();
    const gotMs = next() / 1e6;
    const writtenMs = new Float64Array(next());
    for (let chunk = 0; chunk < writtenMs.length; chunk++) writtenMs[chunk] = next() / 1e6;
    streams.push({ id, gotMs, writtenMs });
  }
  return streams;
}

/** Writes what `readLog` reads. Here times are in ns. */
export function writeLog(streams: { id: number; gotNs: bigint; writtenNs: bigint[] }[]): Buffer {
  const values = streams.flatMap(({ id, gotNs, writtenNs }) => [
    BigInt(id),
    gotNs,
    BigInt(writtenNs.length),
    ...writtenNs,
  ]);
  const bytes = Buffer.alloc(INT64_BYTES * values.length);
  values.forEach((value, at) => bytes.writeBigInt64LE(value, INT64_BYTES * at));
  return bytes;
}

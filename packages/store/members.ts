import { constants, crc32, inflateRawSync } from "node:zlib";

/**
 * RFC 1952: a member has a magic number, method, flags, time, extra flags and system, then the deflated data,
 * its CRC-32 and its length.
 */
const MAGIC = [0x1f, 0x8b, 8];
const HEADER_BYTES = 10;
const TRAILER_BYTES = 8;
const FLAGS_AT = 3;
/** Most of a file's members are near a megabyte, so each takes one allocation. */
const PIECE_BYTES = 1 << 20;

/**
 * The texts of a gzip file, member by member. It throws at the first member that is incomplete or damaged;
 * the texts before it are whole. It takes headers without optional fields, as zlib writes them.
 */
export function* gzipMembers(file: Buffer): Generator<Buffer> {
  for (let at = 0; at < file.length;) {
    const head = file.subarray(at, at + HEADER_BYTES);
    if (head.length < HEADER_BYTES || MAGIC.some((byte, i) => head[i] !== byte) || head[FLAGS_AT] !== 0)
      throw new Error(`no gzip member at byte ${at}`);
    const { text, bytes } = inflated(file.subarray(at + HEADER_BYTES), at);
    const trailerAt = at + HEADER_BYTES + bytes;
    if (file.length < trailerAt + TRAILER_BYTES || file.readUInt32LE(trailerAt) !== crc32(text))
      throw new Error(`the gzip member at byte ${at} is damaged`);
    yield text;
    at = trailerAt + TRAILER_BYTES;
  }
}

/** One deflated stream from the start of `data`, and how many bytes of `data` it took. */
function inflated(data: Buffer, at: number): { text: Buffer; bytes: number } {
  try {
    // With `info` the result also has zlib's engine, which counts the bytes that it consumed. The declared
    // type has the buffer alone.
    const { buffer, engine } = inflateRawSync(data, {
      info: true,
      chunkSize: PIECE_BYTES,
      finishFlush: constants.Z_FINISH,
    }) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    return { text: buffer, bytes: engine.bytesWritten };
  } catch (error) {
    throw new Error(`the gzip member at byte ${at} is damaged`, { cause: error });
  }
}

import { promisify } from "node:util";
import zlib from "node:zlib";

/** How the columns of a file of records are packed. */
export interface Packing {
  /** Parquet's number of the codec. */
  codec: number;
  atOnce(bytes: Uint8Array): Buffer;
  /** In the thread pool, beside the load. */
  aside(bytes: Uint8Array): Promise<Buffer>;
}

/**
 * The lowest byte of a gap is noise, and the others want little more than Huffman's code. Higher levels take
 * two to five times the time and save 1 %.
 */
const LEVEL = 1;

const zstd = (): Packing => {
  const options = { params: { [zlib.constants.ZSTD_c_compressionLevel]: LEVEL } };
  const aside = promisify(zlib.zstdCompress);
  return {
    codec: 6,
    atOnce: (bytes) => zlib.zstdCompressSync(bytes, options),
    aside: (bytes) => aside(bytes, options),
  };
};

export const gzip = (): Packing => {
  const aside = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gzip);
  return {
    codec: 2,
    atOnce: (bytes) => zlib.gzipSync(bytes, { level: LEVEL }),
    aside: (bytes) => aside(bytes, { level: LEVEL }),
  };
};

const HAS_ZSTD = "zstdCompress" in zlib;
/** Node has zstd since 22.15. An older one packs with gzip: 1 % more bytes in four times the CPU. */
export const PACKING = HAS_ZSTD ? zstd() : gzip();

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * Unpacks either codec, as the first bytes tell. zlib returns its own piece of memory if all of a column fits, with
 * room to see that nothing follows. It throws where this Node has no zstd.
 */
export function unpacked({ bytes, unpackedBytes }: { bytes: Uint8Array; unpackedBytes: number }): Buffer {
  const options = { chunkSize: unpackedBytes + 64 };
  if (isGzip(bytes)) return zlib.gunzipSync(bytes, options);
  if (HAS_ZSTD) return zlib.zstdDecompressSync(bytes, options);
  throw new Error("these records are packed with zstd: read them with Node 22.15 or later");
}

import { base64 } from "../../math/base64.ts";
import { randomFrom } from "../../random.ts";

/** At least so many bytes of an image are its own. */
const OWN_BYTES = 16;
const SHARED_SEED = 1;

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
/** One bit of grey a pixel, no filter and no interlace. */
const ONE_BIT_GREY = [1, 0, 0, 0, 0];
const ZLIB_HEADER = [0x78, 0x01];
/** The most bytes of one stored block. */
const BLOCK_MAX = 65_535;

/**
 * Writes PNGs of noise in black and white as data URLs, one for each seed. A pixel is one bit. Noise does not
 * compress, so it is stored as it is, and a URL has about width × height ÷ 6 characters. All images of one size share
 * all rows but the last ones, which follow from the seed. So no two are the same, and writing one costs little more
 * than joining two texts.
 * https://www.w3.org/TR/png-3/ and RFC 1950 and 1951
 */
export function pngWriter(width: number, height: number): (seed: number) => string {
  // A byte before each row names its filter.
  const rowBytes = 1 + Math.ceil(width / 8);
  const ownRows = Math.min(height, Math.ceil(OWN_BYTES / (rowBytes - 1)));
  const shared = noise(height - ownRows, rowBytes, SHARED_SEED);
  const head = joined(
    SIGNATURE,
    chunk("IHDR", bigEndian(width), bigEndian(height), ONE_BIT_GREY),
    chunk("IDAT", ZLIB_HEADER, ...stored(shared, false)),
  );
  // Base64 writes three bytes as four characters, so what is left over of the head goes with the tail.
  const whole = head.length - (head.length % 3);
  const before = `data:image/png;base64,${base64(head.subarray(0, whole))}`;
  const over = head.subarray(whole);
  const sum = adler32(shared, 1);
  const end = chunk("IEND");
  return (seed) => {
    const own = noise(ownRows, rowBytes, seed);
    const last = chunk("IDAT", ...stored(own, true), bigEndian(adler32(own, sum)));
    return before + base64(joined(over, last, end));
  };
}

type Bytes = ArrayLike<number>;

function joined(...parts: Bytes[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Rows of noise, each after its filter byte of 0. */
function noise(rows: number, rowBytes: number, seed: number): Uint8Array {
  const random = randomFrom(seed);
  const bytes = Uint8Array.from({ length: rows * rowBytes }, () => 256 * random());
  for (let at = 0; at < bytes.length; at += rowBytes) bytes[at] = 0;
  return bytes;
}

/** The bytes in blocks that are not compressed, each after its header. */
function stored(bytes: Uint8Array, isLast: boolean): Bytes[] {
  const blocks: Bytes[] = [];
  for (let from = 0; from < bytes.length; from += BLOCK_MAX) {
    const block = bytes.subarray(from, from + BLOCK_MAX);
    const isFinal = isLast && from + BLOCK_MAX >= bytes.length;
    const length = littleEndian(block.length);
    blocks.push([isFinal ? 1 : 0, ...length, ...length.map((byte) => byte ^ 255)], block);
  }
  return blocks;
}

function chunk(type: string, ...data: Bytes[]): Uint8Array {
  const name = Array.from(type, (letter) => letter.charCodeAt(0));
  const body = joined(name, ...data);
  return joined(bigEndian(body.length - name.length), body, bigEndian(crc32(body)));
}

const bigEndian = (value: number): number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
const littleEndian = (value: number): number[] => [value & 255, (value >>> 8) & 255];

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

const ADLER = 65_521;

/** `sum` is that of the bytes before, and 1 where there are none. */
function adler32(bytes: Uint8Array, sum: number): number {
  let [low, high] = [sum & 0xffff, sum >>> 16];
  for (const byte of bytes) {
    low = (low + byte) % ADLER;
    high = (high + low) % ADLER;
  }
  return ((high << 16) | low) >>> 0;
}

import { inflateSync } from "node:zlib";

/** One table of a font: its tag, the checksum from the directory, and its bytes. */
interface FontTable {
  tag: string;
  checksum: number;
  bytes: Buffer;
}

/**
 * Converts a WOFF 1 file to TrueType: the same tables, inflated, behind a plain table directory (W3C WOFF
 * File Format 1.0; OpenType 1.9 "Organization of an OpenType font"). The picture renderer reads no WOFF, and
 * the font packages contain nothing else.
 */
export function woffToTtf(woff: Buffer): Buffer {
  if (woff.toString("latin1", 0, 4) !== "wOFF") throw new Error("not a WOFF 1 file");
  const flavor = woff.readUInt32BE(4);
  const count = woff.readUInt16BE(12);
  const tables = Array.from({ length: count }, (_, index): FontTable => {
    const entry = 44 + index * 20;
    const offset = woff.readUInt32BE(entry + 4);
    const packedLength = woff.readUInt32BE(entry + 8);
    const packed = woff.subarray(offset, offset + packedLength);
    const isPacked = packedLength < woff.readUInt32BE(entry + 12);
    return {
      tag: woff.toString("latin1", entry, entry + 4),
      checksum: woff.readUInt32BE(entry + 16),
      bytes: isPacked ? inflateSync(packed) : packed,
    };
  }).sort((a, b) => (a.tag < b.tag ? -1 : 1));

  const directory = Buffer.alloc(12 + 16 * count);
  const exponent = Math.floor(Math.log2(count));
  directory.writeUInt32BE(flavor, 0);
  directory.writeUInt16BE(count, 4);
  directory.writeUInt16BE(2 ** exponent * 16, 6);
  directory.writeUInt16BE(exponent, 8);
  directory.writeUInt16BE(count * 16 - 2 ** exponent * 16, 10);
  const parts: Buffer[] = [directory];
  let offset = directory.length;
  for (const [index, table] of tables.entries()) {
    const entry = 12 + 16 * index;
    directory.write(table.tag, entry, "latin1");
    directory.writeUInt32BE(table.checksum, entry + 4);
    directory.writeUInt32BE(offset, entry + 8);
    directory.writeUInt32BE(table.bytes.length, entry + 12);
    const padding = (4 - (table.bytes.length % 4)) % 4;
    parts.push(table.bytes, Buffer.alloc(padding));
    offset += table.bytes.length + padding;
  }
  return Buffer.concat(parts);
}

/**
 * The advance width of every character of a TrueType font in em, from its `cmap` (format 4), `hmtx` and
 * `head` tables. With it the width of a text is known without a canvas.
 */
export function advanceWidths(ttf: Buffer): Map<string, number> {
  const tables = new Map<string, number>();
  for (let index = 0; index < ttf.readUInt16BE(4); index++) {
    const entry = 12 + 16 * index;
    tables.set(ttf.toString("latin1", entry, entry + 4), ttf.readUInt32BE(entry + 8));
  }
  const at = (tag: string): number => {
    const offset = tables.get(tag);
    if (offset === undefined) throw new Error(`the font has no table ${tag}`);
    return offset;
  };
  const unitsPerEm = ttf.readUInt16BE(at("head") + 18);
  const metrics = ttf.readUInt16BE(at("hhea") + 34);
  const widthOf = (glyph: number): number =>
    ttf.readUInt16BE(at("hmtx") + 4 * Math.min(glyph, metrics - 1)) / unitsPerEm;

  const widths = new Map<string, number>();
  for (const [code, glyph] of glyphs(ttf, at("cmap"))) widths.set(String.fromCharCode(code), widthOf(glyph));
  return widths;
}

/** The character codes and their glyphs, from the first subtable of format 4. */
function* glyphs(ttf: Buffer, cmap: number): Generator<[number, number]> {
  const offsets = Array.from(
    { length: ttf.readUInt16BE(cmap + 2) },
    (_, index) => cmap + ttf.readUInt32BE(cmap + 8 + 8 * index),
  );
  const table = offsets.find((offset) => ttf.readUInt16BE(offset) === 4);
  if (table === undefined) throw new Error("the font has no character map of format 4");
  const segments = ttf.readUInt16BE(table + 6) / 2;
  const ends = table + 14;
  const starts = ends + 2 * segments + 2;
  const deltas = starts + 2 * segments;
  const ranges = deltas + 2 * segments;
  for (let segment = 0; segment < segments; segment++) {
    const end = ttf.readUInt16BE(ends + 2 * segment);
    const start = ttf.readUInt16BE(starts + 2 * segment);
    const delta = ttf.readInt16BE(deltas + 2 * segment);
    const range = ttf.readUInt16BE(ranges + 2 * segment);
    for (let code = start; code <= end && code < 0xffff; code++) {
      const raw = range === 0 ? code : ttf.readUInt16BE(ranges + 2 * segment + range + 2 * (code - start));
      const glyph = range !== 0 && raw === 0 ? 0 : (raw + delta) & 0xffff;
      if (glyph !== 0) yield [code, glyph];
    }
  }
}

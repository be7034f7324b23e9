import { crc32, inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { imagesOf } from "./images.ts";

const bytesOf = (url: string): Buffer => {
  const [type, base64 = ""] = url.split(",");
  expect(type).toBe("data:image/png;base64");
  const bytes = Buffer.from(base64, "base64");
  // Nothing in the text was skipped: it is base64, and whole.
  expect(bytes.toString("base64")).toBe(base64);
  return bytes;
};

/** The chunks of a PNG, each of which must have its right checksum. */
function chunksOf(png: Buffer): Map<string, Buffer> {
  expect(png.subarray(0, 8).toString("latin1")).toBe("\u0089PNG\r\n\u001a\n");
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < png.length;) {
    const end = at + 12 + png.readUInt32BE(at);
    const type = png.toString("latin1", at + 4, at + 8);
    expect(png.readUInt32BE(end - 4)).toBe(crc32(png.subarray(at + 4, end - 4)));
    chunks.set(type, Buffer.concat([chunks.get(type) ?? Buffer.alloc(0), png.subarray(at + 8, end - 4)]));
    at = end;
  }
  return chunks;
}

const only = (count: number, width: number, height: number, seed = 7): string[] =>
  imagesOf({ count, width, height }, seed);

describe("the images of a prompt", () => {
  test.each([
    [16, 16],
    [17, 31],
    [512, 512],
    [1000, 16],
    [16, 1000],
    [1024, 768],
    [2048, 2048],
  ])("of %i × %i are valid PNGs", (width, height) => {
    const [url = ""] = only(1, width, height);
    const chunks = chunksOf(bytesOf(url));
    expect([...chunks.keys()]).toEqual(["IHDR", "IDAT", "IEND"]);
    const head = chunks.get("IHDR") ?? Buffer.alloc(0);
    expect([head.readUInt32BE(0), head.readUInt32BE(4), head[8], head[9]]).toEqual([width, height, 1, 0]);
    // zlib checks its own sum.
    const rows = inflateSync(chunks.get("IDAT") ?? Buffer.alloc(0));
    const rowBytes = 1 + Math.ceil(width / 8);
    expect(rows.length).toBe(height * rowBytes);
    expect(rows.filter((_, at) => at % rowBytes === 0).every((filter) => filter === 0)).toBe(true);
    expect(url.length).toBeLessThan((width * height) / 6 + 4 * height + 200);
  });

  test("follow from the seed, and no two are the same", () => {
    expect(only(2, 64, 64, 1)).toEqual(only(2, 64, 64, 1));
    const many = [1, 2, 3, 4].flatMap((seed) => only(3, 16, 16, seed));
    expect(new Set(many).size).toBe(12);
  });
});

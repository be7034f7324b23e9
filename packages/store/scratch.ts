import type { ChunkStore } from "@brimline/core/record/chunks";
import { randomBytes } from "node:crypto";
import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A file for the chunks of more requests than fit in memory (200 bytes for a request of 100 chunks), in the
 * system's folder for temporary files. It has no name while it is used, so that even a killed process leaves
 * nothing behind.
 */
export function createScratch(): { chunks(): ChunkStore; close(): void } {
  let file: number | null = null;
  let end = 0;
  const open = (): number => {
    const path = join(tmpdir(), `brimline-${randomBytes(8).toString("hex")}`);
    const opened = openSync(path, "wx+", 0o600);
    rmSync(path);
    return opened;
  };
  const write = (bytes: Uint8Array): void => {
    file ??= open();
    for (let done = 0; done < bytes.length;)
      done += writeSync(file, bytes, done, bytes.length - done, end + done);
    end += bytes.length;
  };
  const read = (into: Uint8Array, from: number): void => {
    if (file === null) throw new Error("nothing was written");
    for (let done = 0; done < into.length;) {
      const bytes = readSync(file, into, done, into.length - done, from + done);
      if (bytes === 0) throw new Error("the scratch file is shorter than what was written");
      done += bytes;
    }
  };
  return {
    chunks() {
      const pieces: { at: number; words: number }[] = [];
      return {
        write(words) {
          pieces.push({ at: end, words: words.length });
          write(new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
        },
        *pieces() {
          let buffer = new Uint16Array(0);
          for (const piece of pieces) {
            if (piece.words > buffer.length) buffer = new Uint16Array(piece.words);
            const words = buffer.subarray(0, piece.words);
            read(new Uint8Array(words.buffer, 0, words.byteLength), piece.at);
            yield words;
          }
        },
      };
    },
    close() {
      if (file !== null) closeSync(file);
      file = null;
    },
  };
}

import { CHUNK_FIELDS, type ChunkBlock, type ChunkFieldName } from "@brimline/core/record/columns/block";
import { randomBytes } from "node:crypto";
import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unpacked } from "./packing.ts";
import type { FileBlock } from "./record-file.ts";

/**
 * A file for the packed chunks of more requests than fit in memory (160 bytes for a request of 100 chunks), in
 * the system's folder for temporary files. It has no name while it is used, so that even a killed process
 * leaves nothing behind.
 */
export interface Scratch {
  /** Copies a block's chunks. What it gives reads them back and unpacks them, a column each time. */
  keep(block: FileBlock): ChunkBlock;
  close(): void;
}

interface Place {
  at: number;
  bytes: number;
  unpackedBytes: number;
}

export function createScratch(): Scratch {
  let file: number | null = null;
  let end = 0;
  let packed = new Uint8Array(0);
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
  const copy = (block: FileBlock): Map<ChunkFieldName, Place> =>
    new Map(
      CHUNK_FIELDS.map((name) => {
        const { bytes, unpackedBytes } = block.packed(name);
        const at = end;
        write(bytes);
        return [name, { at, bytes: bytes.length, unpackedBytes }];
      }),
    );
  const readBack = ({ at, bytes, unpackedBytes }: Place): Buffer => {
    if (packed.length < bytes) packed = new Uint8Array(bytes);
    const column = packed.subarray(0, bytes);
    read(column, at);
    return unpacked({ bytes: column, unpackedBytes });
  };
  return {
    keep(block) {
      // No closure here may name `block`: what is kept of it would hold its whole file.
      const places = copy(block);
      return {
        rows: block.rows,
        column(name) {
          const place = places.get(name);
          if (place === undefined) throw new TypeError(`${name} was not kept`);
          return readBack(place);
        },
      };
    },
    close() {
      if (file !== null) closeSync(file);
      file = null;
    },
  };
}

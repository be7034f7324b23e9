import { SEGMENT_MAX_RAW_BYTES } from "@brimline/core/record/telemetry/segment";
import { createGunzip } from "node:zlib";
import { SEGMENT_MAX_RATIO } from "./limits.ts";
import { RequestError } from "../door/problem.ts";

const OPENING_BRACE = 0x7b;

/**
 * Unpacks a segment only to measure it. It keeps none of the pieces, because a few kilobytes can hold
 * gigabytes. It throws RequestError `bad_gzip` or `decompressed_too_large`. Whoever reads the segment judges
 * its lines.
 */
export async function checkSegment(body: Buffer): Promise<void> {
  const mostBytes = Math.min(SEGMENT_MAX_RAW_BYTES, SEGMENT_MAX_RATIO * body.length);
  let bytes = 0;
  try {
    const gunzip = createGunzip();
    gunzip.end(body);
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      if (bytes === 0 && chunk[0] !== OPENING_BRACE) throw notASegment();
      bytes += chunk.length;
      if (bytes > mostBytes) {
        throw new RequestError(
          "decompressed_too_large",
          `A segment may hold ${SEGMENT_MAX_RAW_BYTES / 1024 / 1024} MiB, and ${SEGMENT_MAX_RATIO} times its gzipped size. Seal segments earlier.`,
        );
      }
    }
  } catch (error) {
    throw error instanceof RequestError ? error : notASegment();
  }
  if (bytes === 0) throw notASegment();
}

const notASegment = (): RequestError =>
  new RequestError("bad_gzip", "Send whole gzipped NDJSON that begins with the segment's header line.");

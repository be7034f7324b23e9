import { clockFit } from "@brimline/core/record/telemetry/clock";
import { type ClockProbe, SegmentHeader } from "@brimline/core/record/telemetry/sample";
import { readSegmentName, segmentName } from "@brimline/core/record/telemetry/segment-name";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/**
 * A segment that still grows, in `<boot>-<sequence>.part`. It has its header, then a line for each row and
 * each probe.
 */
export interface SpoolPart {
  path: string;
  bytes: number;
  samples: number;
  openedMs: number;
  /**
   * It throws when the disk is full. If that left a partial line, a line break comes before the next one, so that the
   * next one is whole.
   */
  write(line: string): void;
  close(): void;
}

/** The number of probes in a header, which is one line of at most 16 KiB. */
export const PROBES_KEPT = 60;

export function openPart(folder: string, sequence: number, header: SegmentHeader): SpoolPart {
  const path = join(folder, `${header.boot}-${String(sequence).padStart(8, "0")}.part`);
  const line = `${JSON.stringify(header)}\n`;
  const fd = openSync(path, "w", 0o600);
  try {
    writeSync(fd, line);
  } catch (error) {
    closeSync(fd);
    rmSync(path);
    throw error;
  }
  let isPartial = false;
  const part: SpoolPart = {
    path,
    bytes: line.length,
    samples: 0,
    openedMs: performance.now(),
    write: (text) => {
      const before = isPartial ? "\n" : "";
      isPartial = true;
      writeSync(fd, `${before}${text}\n`);
      isPartial = false;
      part.bytes += text.length + 1;
    },
    close: () => closeSync(fd),
  };
  return part;
}

/**
 * Makes the segment of a part (gzip, fsync, rename), and removes the part. The segment's name follows from
 * what is in the part, so a part that is sealed twice gives one segment. A part without a row gives none.
 */
export function sealPart(folder: string, path: string): void {
  const text = readFileSync(path, "utf8");
  const [first = "", ...lines] = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  const rows = lines.filter((line) => line.startsWith("["));
  const header = headerOf(first);
  const [oldest, newest] = [rows[0], rows.at(-1)];
  if (header === null || oldest === undefined || newest === undefined) {
    rmSync(path);
    return;
  }
  const later = lines
    .filter((line) => line.startsWith("{"))
    .map((line) => (JSON.parse(line) as { probe: ClockProbe }).probe);
  const probes = [...header.probes, ...later].slice(-PROBES_KEPT);
  const { source, boot, startedUnixMs = 0 } = header;
  const fit = clockFit(probes);
  const unixMs = (row: string): number => {
    const monotonicMs = (JSON.parse(row) as number[])[0] ?? 0;
    return fit?.toUnixMs(monotonicMs) ?? startedUnixMs + monotonicMs;
  };
  const firstUnixMs = Math.floor(unixMs(oldest));
  const name = segmentName({
    source,
    boot,
    sequence: Number(/-(\d+)\.part$/.exec(path)?.[1]),
    firstUnixMs,
    lastUnixMs: Math.max(firstUnixMs, Math.ceil(unixMs(newest))),
  });
  if (readSegmentName(name) === null)
    throw new Error(
      "this host's clock is wrong, and the service has not answered yet: set the clock, or let the agent reach the service",
    );
  const sealed = join(folder, `${name}.${rows.length}.ndjson.gz`);
  const fd = openSync(`${sealed}.tmp`, "w", 0o600);
  writeSync(fd, gzipSync([JSON.stringify({ ...header, probes }), ...rows, ""].join("\n")));
  fsyncSync(fd);
  closeSync(fd);
  renameSync(`${sealed}.tmp`, sealed);
  const directory = openSync(folder, "r");
  fsyncSync(directory);
  closeSync(directory);
  rmSync(path);
}

function headerOf(line: string): SegmentHeader | null {
  try {
    return SegmentHeader.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

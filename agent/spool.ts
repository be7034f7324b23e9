import { clockFit } from "@brimline/core/record/clock";
import { type ClockProbe, SegmentHeader } from "@brimline/core/record/sample";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { SampleRow } from "./collector.ts";
import { RHYTHMS } from "./rhythm.ts";

/**
 * A segment that does not change any more and waits for its upload. The name of its file holds everything
 * here but the bytes.
 */
export interface SealedSegment {
  path: string;
  boot: string;
  sequence: number;
  /**
   * The time of the first sample by the service's clock, as well as it was known when the segment was sealed.
   */
  firstUnixMs: number;
  samples: number;
  bytes: number;
}

export interface Spool {
  append(row: SampleRow): void;
  addProbe(probe: ClockProbe): void;
  /** Seals the part, however small it is. */
  seal(): void;
  /**
   * Seals the part if it is old. It is needed when no samples come, because `append` seals an old part
   * otherwise.
   */
  sealOld(): void;
  /** Sets the age at which a part is old. */
  sealAfter(ms: number): void;
  /** The sealed segments, oldest first. */
  sealed(): SealedSegment[];
  remove(segment: SealedSegment): void;
  /** The number of samples that were lost since the start, to a full disk or to the bound on the spool. */
  lostSamples(): number;
}

export interface SpoolLimits {
  partBytes: number;
  /** The largest size of all sealed segments together. Above it the oldest are dropped. */
  diskBytes: number;
}

export const SPOOL_LIMITS: SpoolLimits = { partBytes: 256 * 1024, diskBytes: 256 * 1024 * 1024 };
/** The number of probes in a header, which is one line of at most 16 KiB. */
const PROBES_KEPT = 60;
/**
 * The longest time that a header's probes span. A clock's drift is not steady for longer, and older probes
 * would bend the fit.
 */
const PROBE_MAX_AGE_MS = 1_800_000;
const SEALED = /^([a-z0-9]+)-(\d{8})-(\d+)-(\d+)\.ndjson\.gz$/;

/**
 * A folder in which samples survive a crash. They are appended to `<boot>-<sequence>.part`, which is sealed
 * (gzip, fsync, rename) when it is large or old. A part that a killed agent left is sealed at the next start,
 * without its cut last line. No two segments get the same name, so an upload can be repeated.
 */
export function openSpool(
  folder: string,
  header: Omit<SegmentHeader, "probes">,
  limits: SpoolLimits,
  log: (line: string) => void,
): Spool {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const probes: ClockProbe[] = [];
  let partMs = RHYTHMS.awaited.partMs;
  let lost = 0;
  let sequence = 0;
  let part: {
    path: string;
    fd: number;
    bytes: number;
    openedMs: number;
    samples: number;
    torn: boolean;
  } | null = null;

  const write = (line: string, samples: number): void => {
    try {
      part ??= openPart();
      // If a full disk cut the last line, a line break comes first, so that this line is whole.
      writeSync(part.fd, part.torn ? `\n${line}\n` : `${line}\n`);
      part.torn = false;
      part.bytes += line.length + 1;
      part.samples += samples;
    } catch (error) {
      if (part !== null) part.torn = true;
      if (lost === 0)
        log(`cannot write to ${folder}: ${String(error)}; samples are lost until there is room`);
      lost += samples;
    }
  };
  const openPart = (): NonNullable<typeof part> => {
    const path = join(folder, `${header.boot}-${String(sequence).padStart(8, "0")}.part`);
    const fd = openSync(path, "a", 0o600);
    const line = `${JSON.stringify({ ...header, probes })}\n`;
    writeSync(fd, line);
    return { path, fd, bytes: line.length, openedMs: performance.now(), samples: 0, torn: false };
  };
  const seal = (): void => {
    if (part === null || part.samples === 0) return;
    try {
      sealPart(folder, part.path);
    } catch (error) {
      log(`cannot seal ${part.path}: ${String(error)}`);
      return;
    }
    closeSync(part.fd);
    part = null;
    sequence += 1;
    lost += dropOldest(folder, limits.diskBytes, log);
  };
  const sealOld = (): void => {
    if (part !== null && (part.bytes >= limits.partBytes || performance.now() - part.openedMs >= partMs))
      seal();
  };

  recover(folder, log);
  return {
    append: (row) => {
      write(JSON.stringify(row), 1);
      sealOld();
    },
    addProbe: (probe) => {
      probes.push(probe);
      while (probes.length > PROBES_KEPT || probe[0] - (probes[0]?.[0] ?? 0) > PROBE_MAX_AGE_MS)
        probes.shift();
      if (part !== null) write(JSON.stringify({ probe }), 0);
    },
    seal,
    sealOld,
    sealAfter: (ms) => void (partMs = ms),
    sealed: () => sealedIn(folder),
    remove: (segment) => rmSync(segment.path, { force: true }),
    lostSamples: () => lost,
  };
}

/**
 * Seals the parts that a killed agent left. A part that was sealed but not removed gives the same file again.
 */
function recover(folder: string, log: (line: string) => void): void {
  const names = readdirSync(folder);
  for (const name of names.filter((each) => each.endsWith(".tmp"))) rmSync(join(folder, name));
  for (const name of names.filter((each) => each.endsWith(".part"))) {
    try {
      sealPart(folder, join(folder, name));
    } catch (error) {
      log(`cannot seal ${join(folder, name)}: ${String(error)}; it stays until the next start`);
    }
  }
}

function sealPart(folder: string, path: string): void {
  const text = readFileSync(path, "utf8");
  const [first = "", ...lines] = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  const rows = lines.filter((line) => line.startsWith("["));
  const header = headerOf(first);
  if (header === null || rows[0] === undefined) {
    rmSync(path);
    return;
  }
  const later = lines
    .filter((line) => line.startsWith("{"))
    .map((line) => (JSON.parse(line) as { probe: ClockProbe }).probe);
  const probes = [...header.probes, ...later].slice(-PROBES_KEPT);
  const firstMs = (JSON.parse(rows[0]) as number[])[0] ?? 0;
  const firstUnixMs = Math.round(
    clockFit(probes)?.toUnixMs(firstMs) ?? (header.startedUnixMs ?? 0) + firstMs,
  );
  const name = `${path.slice(folder.length + 1, -".part".length)}-${firstUnixMs}-${rows.length}.ndjson.gz`;
  const temporary = join(folder, `${name}.tmp`);
  const fd = openSync(temporary, "w", 0o600);
  writeSync(fd, gzipSync([JSON.stringify({ ...header, probes }), ...rows, ""].join("\n")));
  fsyncSync(fd);
  closeSync(fd);
  renameSync(temporary, join(folder, name));
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

function sealedIn(folder: string): SealedSegment[] {
  return readdirSync(folder)
    .toSorted()
    .flatMap((name) => {
      const [, boot, sequence, firstUnixMs, samples] = SEALED.exec(name) ?? [];
      if (boot === undefined) return [];
      const path = join(folder, name);
      return [
        {
          path,
          boot,
          sequence: Number(sequence),
          firstUnixMs: Number(firstUnixMs),
          samples: Number(samples),
          bytes: statSync(path).size,
        },
      ];
    });
}

function dropOldest(folder: string, diskBytes: number, log: (line: string) => void): number {
  const segments = sealedIn(folder);
  let bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  let samples = 0;
  for (const oldest of segments.slice(0, -1)) {
    if (bytes <= diskBytes) break;
    rmSync(oldest.path);
    bytes -= oldest.bytes;
    samples += oldest.samples;
  }
  if (samples > 0)
    log(
      `${folder} holds ${diskBytes} bytes that could not be uploaded: dropped the oldest ${samples} samples`,
    );
  return samples;
}

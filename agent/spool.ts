import type { ClockProbe, SegmentHeader } from "@brimline/core/record/telemetry/sample";
import { readSegmentName, type SegmentName } from "@brimline/core/record/telemetry/segment-name";
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { SampleRow, Sampled } from "./collector.ts";
import { openPart, type SpoolPart, PROBES_KEPT, sealPart } from "./part.ts";
import { RHYTHMS } from "./rhythm.ts";

/**
 * A segment that does not change any more and waits for its upload. The name of its file holds everything
 * here but the bytes.
 */
export interface SealedSegment extends SegmentName {
  path: string;
  samples: number;
  bytes: number;
}

export interface Spool {
  /** Makes what takes the rows of one collector, which go into segments of their own. */
  taking(sampled: Sampled): Taking;
  addProbe(probe: ClockProbe): void;
  /** Seals the parts, however small they are. */
  seal(): void;
  /** Seals the parts that are old. It is needed when no samples come, because a sample seals an old part too. */
  sealOld(): void;
  /** Sets the age at which a part is old. */
  sealAfter(ms: number): void;
  /** The sealed segments, oldest first. */
  sealed(): SealedSegment[];
  remove(segment: SealedSegment): void;
  /** The number of samples that were lost since the start, to a full disk or to the bound on the spool. */
  lostSamples(): number;
}

/** What takes the rows of one collector. */
interface Taking {
  take(row: SampleRow): void;
  /** From now on rows are of these. Those before it are sealed, because a segment has one header. */
  change(sampled: Omit<Sampled, "source">): void;
}

/** What the headers of all segments of this start have in common. */
export type About = Omit<SegmentHeader, keyof Sampled | "probes">;

export interface SpoolLimits {
  partBytes: number;
  /** The largest size of all sealed segments together. Above it the oldest are dropped. */
  diskBytes: number;
}

export const SPOOL_LIMITS: SpoolLimits = { partBytes: 256 * 1024, diskBytes: 256 * 1024 * 1024 };
/**
 * The longest time that a header's probes span. A clock's drift is not steady for longer, and older probes
 * would bend the fit.
 */
const PROBE_MAX_AGE_MS = 1_800_000;

/** The rows of one collector, and the part that they go into while there is one. */
interface Track {
  sampled: Sampled;
  part: SpoolPart | null;
}

/**
 * A folder in which samples survive a crash. Those of each collector are appended to a part, which is sealed
 * when it is large or old. A part that a killed agent left is sealed at the next start, without its cut last
 * line. No two segments get the same name, so an upload can be repeated.
 */
export function openSpool(
  folder: string,
  about: About,
  limits: SpoolLimits,
  log: (line: string) => void,
): Spool {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const probes: ClockProbe[] = [];
  const tracks: Track[] = [];
  let partMs = RHYTHMS.awaited.partMs;
  let lost = 0;
  let sequence = 0;

  const nextPart = ({ source, identities, columns }: Sampled): SpoolPart => {
    const part = openPart(folder, sequence, { ...about, source, identities, columns, probes });
    sequence += 1;
    return part;
  };
  const write = (track: Track, line: string, samples: number): void => {
    try {
      track.part ??= nextPart(track.sampled);
      track.part.write(line);
      track.part.samples += samples;
    } catch (error) {
      if (lost === 0)
        log(`cannot write to ${folder}: ${String(error)}; samples are lost until there is room`);
      lost += samples;
    }
  };
  const sealTrack = (track: Track): void => {
    const { part } = track;
    if (part === null || part.samples === 0) return;
    try {
      sealPart(folder, part.path);
    } catch (error) {
      log(`cannot seal ${part.path}: ${String(error)}`);
      return;
    }
    part.close();
    track.part = null;
    lost += dropOldest(folder, limits.diskBytes, log);
  };
  /** A part is left where nothing could be written into it, or where it could not be sealed. */
  const discard = (track: Track): void => {
    const { part } = track;
    if (part === null) return;
    part.close();
    if (part.samples === 0) rmSync(part.path, { force: true });
    track.part = null;
  };
  const sealIfOld = (track: Track): void => {
    const { part } = track;
    if (part !== null && (part.bytes >= limits.partBytes || performance.now() - part.openedMs >= partMs))
      sealTrack(track);
  };

  recover(folder, log);
  return {
    taking: (sampled) => {
      const track: Track = { sampled, part: null };
      tracks.push(track);
      return {
        take(row) {
          write(track, JSON.stringify(row), 1);
          sealIfOld(track);
        },
        change(changes) {
          sealTrack(track);
          discard(track);
          track.sampled = { ...track.sampled, ...changes };
        },
      };
    },
    addProbe: (probe) => {
      probes.push(probe);
      while (probes.length > PROBES_KEPT || probe[0] - (probes[0]?.[0] ?? 0) > PROBE_MAX_AGE_MS)
        probes.shift();
      for (const track of tracks) if (track.part !== null) write(track, JSON.stringify({ probe }), 0);
    },
    seal: () => tracks.forEach(sealTrack),
    sealOld: () => tracks.forEach(sealIfOld),
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

function sealedIn(folder: string): SealedSegment[] {
  return readdirSync(folder)
    .toSorted()
    .flatMap((file) => {
      const [, name = "", samples] = /^(.+)\.(\d+)\.ndjson\.gz$/.exec(file) ?? [];
      const segment = readSegmentName(name);
      if (segment === null) return [];
      const path = join(folder, file);
      return [{ ...segment, path, samples: Number(samples), bytes: statSync(path).size }];
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

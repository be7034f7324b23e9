import type { Certification } from "@brimline/load/certificate/certificate";
import { certifiedStreams } from "@brimline/load/certificate/size";

/** The longest time that a shard measures itself. On one busy core it takes 3 to 5 s. */
const CERTIFY_MS = 6000;
/** The time that a shard needs before the load to read the job and to open its connections with TLS. */
const READY_MS = 3000;

type Certify = (options: { timeMaxMs: number; streams: number }) => Promise<Certification>;

/**
 * Lets a process measure its own error once for each number of streams, before the load that begins at
 * `beginUnixMs` and beside no other load. When too little time is left, the shard begins in time without a
 * certificate and says why, and the next shard in this process tries again.
 */
export function createCertifier(
  certify: Certify,
  now: () => number,
): (load: { beginUnixMs: number; streams: number }) => Promise<Certification> {
  const certified = new Map<number, Certification>();
  return async ({ beginUnixMs, streams: wanted }) => {
    const streams = certifiedStreams(wanted);
    const known = certified.get(streams);
    if (known !== undefined) return known;
    const leftMs = beginUnixMs - now();
    if (leftMs < CERTIFY_MS + READY_MS) return { certificate: null, uncertified: tooLate(leftMs) };
    const found = await certify({ timeMaxMs: CERTIFY_MS, streams });
    if (found.certificate !== null) certified.set(streams, found);
    return found;
  };
}

const inS = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const tooLate = (leftMs: number): string =>
  leftMs > 0
    ? `its function was there ${inS(leftMs)} before the load, and measuring itself takes up to ${inS(CERTIFY_MS)}`
    : `its function was there ${inS(-leftMs)} after the load should have begun`;

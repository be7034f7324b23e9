import type { Certification } from "@brimline/load/certificate/certificate";
import { certifiedStreams } from "@brimline/load/certificate/size";

/** The longest that a shard measures itself; on one busy core it takes 3 to 5 s. */
const CERTIFY_MS = 6000;
/** What is left before the load for reading the job and opening connections, with TLS, side by side. */
const READY_MS = 3000;

type Certify = (options: { timeMaxMs: number; streams: number }) => Promise<Certification>;

/**
 * Lets a process measure its own error, once for each size of load, before the load of so many streams that begins at `beginUnixMs` and
 * beside none. Where that is too near, the shard begins in time without a certificate and says why, and the next one in this process
 * tries again.
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

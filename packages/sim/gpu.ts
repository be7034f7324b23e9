import type { ModelCounts } from "./model.ts";

/** What never changes about the simulated card. */
export interface SimCard {
  name: string;
  uuid: string;
  /** The power with the model loaded and nothing running. */
  idleW: number;
  limitW: number;
  memoryTotalMiB: number;
  /** Inference engines take the memory of their KV cache when they start, so it does not follow the load. */
  memoryUsedMiB: number;
  smMHz: number;
  memMHz: number;
}

/** The modelled load of the GPU at one time. */
export interface SimGpuState {
  busy: boolean;
  running: number;
  /** The share, 0 to 1, of the span between idle power and the limit. */
  utilisation: number;
  /** The power without the card's own inertia, which the stand-in `nvidia-smi` adds. */
  powerW: number;
}

/**
 * An iteration with one request already draws most of the power, since it reads all the weights. A large
 * batch adds the arithmetic.
 */
const ONE_REQUEST = 0.73;
const FULL_BATCH = 0.95;
const HALF_BATCH = 256;

/**
 * The mean utilisation of a card that computes for `busyShare` of the time with `meanBatch` requests in an
 * iteration.
 */
export const utilisationOf = (busyShare: number, meanBatch: number): number =>
  busyShare * (ONE_REQUEST + (FULL_BATCH - ONE_REQUEST) * (meanBatch / (HALF_BATCH + meanBatch)));

/** idle + (limit − idle) · utilisation, W. */
export const powerOf = (card: SimCard, utilisation: number): number =>
  card.idleW + (card.limitW - card.idleW) * utilisation;

export function gpuStateOf(card: SimCard, counts: ModelCounts): SimGpuState {
  const busy = counts.running + counts.waiting > 0;
  const utilisation = utilisationOf(busy ? 1 : 0, counts.running);
  return { busy, running: counts.running, utilisation, powerW: powerOf(card, utilisation) };
}

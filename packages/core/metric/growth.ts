/** What an equal slice of an open loop brought. */
export interface Traffic {
  /** Requests sent, and requests ended, in the slice. */
  sent: number;
  ended: number;
  /** Mean TTFT of the ok requests that ended in it, ms; null without one. */
  ttftMs: number | null;
}

/** Fewer slices than this cannot tell a queue from a beginning. */
const SLICES_MIN = 16;
/** Standard errors. In flight is looked at again and again, and near capacity a queue wanders far by itself. */
const IN_FLIGHT_Z = 4;
const TTFT_Z = 3;
const FLAT_Z = 2;

/**
 * Whether a queue only grows: the endpoint is offered more than it serves, and the level can only get worse. Slices in order, from the
 * lead of the window on. All of these must hold:
 * 1. In flight grows over the later half: sent − ended > 4 √(sent × (dispersion + 1)), where arrivals vary by `dispersion` × their
 *    number (1 Poisson, 0 constant, 1 / burstiness gamma) and ends like Poisson's. It grew over the earlier half too, and not twice
 *    as fast: where a batch only fills up, growth slows down.
 * 2. TTFT rises over all slices by Mann's (1945) test, z > 3; in the last quarter it is twice that of the first, and above the largest
 *    E2E of the warm-up: a request waits longer to begin than a whole one took in an idle endpoint.
 * 3. More in flight brings nothing: the last quarter ends no more requests than the one before it, within two standard errors.
 */
export function onlyGrows(slices: Traffic[], dispersion: number, idleE2eMs: number): boolean {
  if (slices.length < SLICES_MIN) return false;
  const middle = Math.floor(slices.length / 2);
  const quarter = Math.floor(slices.length / 4);
  const [earlier, later] = [slices.slice(0, middle), slices.slice(middle)];
  const grown = growthOf(later);
  if (grown <= IN_FLIGHT_Z * Math.sqrt(sum(later, "sent") * (dispersion + 1))) return false;
  if (growthOf(earlier) > 2 * grown || growthOf(earlier) <= 0) return false;
  const [first, last] = [meanTtft(slices.slice(0, quarter)), meanTtft(slices.slice(-quarter))];
  if (first === null || last === null || last < 2 * first || last < idleE2eMs) return false;
  if (mannZ(slices.flatMap(({ ttftMs }) => ttftMs ?? [])) <= TTFT_Z) return false;
  const [before, now] = [
    sum(slices.slice(-2 * quarter, -quarter), "ended"),
    sum(slices.slice(-quarter), "ended"),
  ];
  return now - before <= FLAT_Z * Math.sqrt(now + before);
}

const sum = (slices: Traffic[], key: "sent" | "ended"): number =>
  slices.reduce((total, slice) => total + slice[key], 0);

const growthOf = (slices: Traffic[]): number => sum(slices, "sent") - sum(slices, "ended");

function meanTtft(slices: Traffic[]): number | null {
  const known = slices.flatMap(({ ttftMs }) => ttftMs ?? []);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0) / known.length;
}

/** Mann's test of a trend: pairs that rise less pairs that fall, in standard errors of a series without one. */
function mannZ(series: number[]): number {
  const n = series.length;
  const score = series.reduce(
    (total, later, j) =>
      total + series.slice(0, j).reduce((rises, earlier) => rises + Math.sign(later - earlier), 0),
    0,
  );
  return n < 2 ? 0 : score / Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
}

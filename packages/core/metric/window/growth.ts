/** What one of equal slices of an open loop brought. */
export interface Traffic {
  /** The requests that were sent in the slice, and those that ended in it. */
  sent: number;
  ended: number;
  /** The mean TTFT of the ok requests that ended in it, ms. It is null without one. */
  ttftMs: number | null;
}

/** With fewer slices than this a growing queue cannot be told from the start of a level. */
const SLICES_MIN = 16;
/**
 * Thresholds in standard errors. In flight is judged again and again, and near capacity a queue wanders far
 * by itself.
 */
const IN_FLIGHT_Z = 4;
const TTFT_Z = 3;
const FLAT_Z = 2;

/**
 * Whether a queue only grows. Then the endpoint is offered more than it serves, and the level can only get
 * worse. Slices come in order, from the window's lead on. All of these must hold:
 * 1. In flight grows over the later half: sent − ended > 4 √(sent × (dispersion + 1)). Arrivals vary by
 *    `dispersion` × their number (1 Poisson, 0 constant, 1 / burstiness gamma), and ends vary like Poisson's.
 *    It grew over the earlier half too, and not twice as fast: when a batch only fills up, growth slows down.
 * 2. TTFT rises over all slices by Mann's (1945) test, z > 3. In the last quarter it is twice that of the
 *    first, and above the warm-up's largest E2E: a request waits longer for its first output than a whole one
 *    took in an idle endpoint.
 * 3. More in flight brings nothing: the last quarter ends no more requests than the one before it, within two
 *    standard errors.
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

/**
 * Mann's test of a trend: the pairs that rise less the pairs that fall, in standard errors of a series
 * without a trend.
 */
function mannZ(series: number[]): number {
  const n = series.length;
  const score = series.reduce(
    (total, later, j) =>
      total + series.slice(0, j).reduce((rises, earlier) => rises + Math.sign(later - earlier), 0),
    0,
  );
  return n < 2 ? 0 : score / Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
}

import type { Reason } from "../../codes.ts";
import { unknown, type Figure, type Validity } from "../../figure.ts";

const RANK: Record<Validity, number> = { valid: 0, indicative: 1, invalid: 2 };

/** The worst of some validities. It is valid without any. */
export const worst = (validities: Validity[]): Validity =>
  validities.reduce((a, b) => (RANK[b] > RANK[a] ? b : a), "valid");

/** Each reason once, in the order of first appearance. */
export const distinct = (reasons: Reason[]): Reason[] => [...new Set(reasons)];

/**
 * The same figure, marked to be read with care for these reasons. A null stays as it is, because its own
 * reasons say why.
 */
export function flagged(figure: Figure, ...reasons: Reason[]): Figure {
  if (figure.value === null || reasons.length === 0) return figure;
  return {
    ...figure,
    validity: worst([figure.validity, "indicative"]),
    reasons: distinct([...figure.reasons, ...reasons]),
  };
}

/** An exact count, or a value that was set rather than measured. */
export function exact(value: number, n: number): Figure {
  return { value, low: value, high: value, n, nEff: null, method: "none", validity: "valid", reasons: [] };
}

/** A single measurement whose error is not known. */
export function single(value: number, n: number): Figure {
  return flagged(
    { value, low: null, high: null, n, nEff: null, method: "none", validity: "valid", reasons: [] },
    "no_interval",
  );
}

/** figure × factor, for a factor above 0. */
export function scaled(figure: Figure, factor: number): Figure {
  const times = (x: number | null): number | null => (x === null ? null : x * factor);
  return { ...figure, value: times(figure.value), low: times(figure.low), high: times(figure.high) };
}

/**
 * factor × a / b of two independent figures. For the interval, relative half-widths add in squares
 * (first-order propagation of error); there is none if one of the two has none. What merged chunks leave open is
 * no error that averages out, so then it reaches from the least to the most that the quotient may be. The result
 * is null if one is null or b is 0.
 */
export function quotient(a: Figure, b: Figure, factor = 1): Figure {
  if (a.value === null || b.value === null)
    return unknown(
      ...distinct([...(a.value === null ? a.reasons : []), ...(b.value === null ? b.reasons : [])]),
    );
  if (b.value === 0) return unknown("not_applicable");
  const value = (factor * a.value) / b.value;
  const half = relativeHalf(a, b);
  const isOpen = [a, b].some(({ reasons }) => reasons.includes("client_limited"));
  const [low, high] =
    half === null
      ? [null, null]
      : isOpen
        ? extremes(a, b, factor)
        : [value - Math.abs(value) * half, value + Math.abs(value) * half];
  return {
    value,
    low,
    high,
    n: Math.min(a.n, b.n),
    nEff: null,
    method: half === null ? "none" : a.method === "none" ? b.method : a.method,
    validity: worst([a.validity, b.validity]),
    reasons: distinct([...a.reasons, ...b.reasons]),
  };
}

/** The least and the most that factor × a / b may be, for a factor and figures above 0. The most may be unbounded. */
function extremes(a: Figure, b: Figure, factor: number): [low: number | null, high: number | null] {
  if (a.low === null || a.high === null || b.low === null || b.high === null) return [null, null];
  return [(factor * Math.max(0, a.low)) / b.high, b.low > 0 ? (factor * a.high) / b.low : null];
}

function relativeHalf(a: Figure, b: Figure): number | null {
  const relative = (figure: Figure): number | null => {
    const half = halfWidth(figure);
    return half === null || figure.value === null || figure.value === 0
      ? null
      : half / Math.abs(figure.value);
  };
  return hypotenuse(relative(a), relative(b));
}

const halfWidth = ({ low, high }: Figure): number | null =>
  low === null || high === null ? null : (high - low) / 2;

const hypotenuse = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : Math.hypot(a, b);

/** How much more a is than b, in percent: 100 × (a / b − 1). */
export function gainPercent(a: Figure, b: Figure): Figure {
  const ratio = quotient(a, b, 100);
  const less = (x: number | null): number | null => (x === null ? null : x - 100);
  return { ...ratio, value: less(ratio.value), low: less(ratio.low), high: less(ratio.high) };
}

/** a − b of two independent figures. Half-widths add in squares. */
export function difference(a: Figure, b: Figure): Figure {
  if (a.value === null || b.value === null) return quotient(a, b);
  const value = a.value - b.value;
  const half = hypotenuse(halfWidth(a), halfWidth(b));
  return {
    value,
    low: half === null ? null : value - half,
    high: half === null ? null : value + half,
    n: Math.min(a.n, b.n),
    nEff: null,
    method: half === null ? "none" : a.method,
    validity: worst([a.validity, b.validity]),
    reasons: distinct([...a.reasons, ...b.reasons]),
  };
}

/**
 * The sum of figures, without an interval. It is null, with the reasons of the first that is null, unless all
 * are known.
 */
export function sumOf(figures: Figure[]): Figure {
  const [first] = figures;
  const missing = figures.find((figure) => figure.value === null);
  if (missing !== undefined || first === undefined) return missing ?? unknown("too_few");
  if (figures.length === 1) return first;
  return {
    ...first,
    value: figures.reduce((sum, figure) => sum + (figure.value ?? 0), 0),
    low: null,
    high: null,
    n: figures.reduce((sum, figure) => sum + figure.n, 0),
    validity: worst(figures.map((figure) => figure.validity)),
    reasons: distinct(figures.flatMap((figure) => figure.reasons)),
  };
}

/** A whole number with separated thousands: "1,384". */
export const whole = (value: number): string => Math.round(value).toLocaleString("en-US");

/** About three significant digits: "1,384", "157", "14.9", "0.20", "0.0043". */
export function significant(value: number): string {
  const size = Math.abs(value);
  // At each bound rounding would add a digit: 9.999 is 10.0, not 10.00.
  if (size >= 99.95) return whole(value);
  if (size >= 9.995) return value.toFixed(1);
  if (size >= 0.1) return value.toFixed(2);
  if (size === 0) return "0";
  return String(Number(value.toPrecision(2)));
}

/** A space that keeps a unit on the line of its number. */
const GAP = "\u00a0";

/** A duration given in ms: "0.42 ms", "387 ms", "1.22 s", "31.9 s". */
export function duration(ms: number): string {
  if (ms < 10) return `${significant(ms)}${GAP}ms`;
  if (ms < 1000) return `${whole(ms)}${GAP}ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(2)}${GAP}s`;
  return `${(ms / 1000).toFixed(1)}${GAP}s`;
}

/** A duration given in seconds: "20.0 s", "4 min 10 s". */
export function shortDuration(s: number): string {
  if (s < 120) return `${s.toFixed(1)}${GAP}s`;
  const rounded = Math.round(s);
  return `${Math.floor(rounded / 60)}${GAP}min ${rounded % 60}${GAP}s`;
}

export const percent = (value: number): string => `${significant(value)}${GAP}%`;

/** A change in percent with its sign: "+311.1 %", "−4.2 %", "+1,397 %". */
export function signedPercent(value: number): string {
  const size = Math.abs(value);
  return `${value < 0 ? "−" : "+"}${size >= 1000 ? whole(size) : size.toFixed(1)}${GAP}%`;
}

/** The size of a change in percent or points, with no more digits than a reader needs: "0.04", "12.3", "1,397". */
export const points = (size: number): string =>
  size >= 99.95 ? whole(size) : size.toFixed(size >= 9.995 ? 1 : 2);

/** The same of a change: "+12.3", "−0.04". */
export const signedPoints = (change: number): string =>
  `${change < 0 ? "−" : "+"}${points(Math.abs(change))}`;

export const usd = (value: number): string => `$${value >= 1 ? value.toFixed(2) : value.toPrecision(2)}`;

/** "25 November 2026", in UTC. */
export const day = (iso: string): string =>
  new Date(iso).toLocaleDateString("en-GB", {
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });

/** "25 Nov 2026", in UTC. */
export const shortDay = (iso: string): string =>
  new Date(iso).toLocaleDateString("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: "UTC",
  });

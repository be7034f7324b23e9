import type { Report } from "./schema.ts";

const DIGITS = 6;

/**
 * Whole numbers stay exact, and others keep six significant digits. What is not a finite number becomes null.
 */
export function rounded<T>(value: T): T;
export function rounded(value: unknown): unknown {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) return null;
    return Number.isInteger(value) ? value + 0 : Number(value.toPrecision(DIGITS));
  }
  if (Array.isArray(value)) return value.map((item) => rounded<unknown>(item));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rounded<unknown>(item)]));
}

/** The bytes of report.json. The same report gives the same text. */
export const serialise = (report: Report): string => `${JSON.stringify(report)}\n`;

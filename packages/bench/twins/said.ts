import type { FigureKey } from "@brimline/core/report/catalogue";
import { NO_SLOWDOWN, type Slowdown } from "../intervals/systems.ts";

/** What is planted in the second endpoint, and the figures that are to find it. */
export const PLANTED = {
  none: { slowdown: NO_SLOWDOWN, figures: [] },
  all: { slowdown: { ...NO_SLOWDOWN, all: 1.05 }, figures: ["outputTokensPerS"] },
  ttft: { slowdown: { ...NO_SLOWDOWN, ttft: 1.05 }, figures: ["ttftMs.p95", "ttftMs.mean"] },
  tpot: { slowdown: { ...NO_SLOWDOWN, tpot: 1.05 }, figures: ["tpotMs.p95", "tpotMs.mean"] },
} as const satisfies Record<string, { slowdown: Slowdown; figures: FigureKey[] }>;
export type Planted = keyof typeof PLANTED;

export const FIGURES = [
  "outputTokensPerS",
  "ttftMs.mean",
  "ttftMs.p95",
  "tpotMs.mean",
  "tpotMs.p95",
] as const satisfies FigureKey[];

/** What one kind of comparison says of what one thing is planted in. */
export interface Said {
  betterPercent: number;
  samePercent: number;
  worsePercent: number;
  /** By figure: how many of 100 find it worse, and the median of its change and of the smallest one found, percent. */
  figures: Record<string, { worsePercent: number; change: number | null; smallest: number | null }>;
}

export interface SaidOfSystem {
  system: string;
  windowS: number;
  pairs: number;
  twins: Record<Planted, Said>;
  independent: Record<Planted, Said>;
  /** How many of 100 triples the rule of repeated runs calls worse, by any of the figures. */
  cvWorsePercent: Record<Planted, number>;
}

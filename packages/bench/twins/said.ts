import type { FigureKey } from "@brimline/core/report/catalogue";
import type { Slowdown } from "../intervals/systems.ts";
import type { Honest } from "./honest.ts";

/** What is planted in the second endpoint, and the figures that are to find it. */
export const PLANTED = {
  all: ["outputTokensPerS"],
  ttft: ["ttftMs.p50", "ttftMs.mean", "ttftMs.p95"],
  tpot: ["tpotMs.mean", "tpotMs.p95"],
} as const satisfies Partial<Record<keyof Slowdown, FigureKey[]>>;
export type Planted = keyof typeof PLANTED;
export const PLANTS = Object.keys(PLANTED) as Planted[];
export type Decides = (typeof PLANTED)[Planted][number];
export const FIGURES = PLANTS.flatMap((plant): readonly Decides[] => PLANTED[plant]);
export const PLANTED_PERCENT = 5;

/** What one kind of comparison says of pairs of one kind. */
export interface Said {
  pairs: number;
  betterPercent: number;
  samePercent: number;
  worsePercent: number;
  /** By figure: how many of 100 find it worse (null where it decides nothing), and the median of its change, percent. */
  figures: Record<Decides, { worsePercent: number | null; change: number | null }>;
}

/** What is planted in one figure, or over how many seconds, and how many of 100 twins call it worse. */
export interface Found {
  pairs: number;
  windowS: number;
  /** The median change of the figure, percent. */
  change: number | null;
  foundPercent: number;
}

export interface SaidOfSystem {
  system: string;
  windowS: number;
  none: { twins: Said; independent: Said };
  planted: Record<Planted, { twins: Said; independent: Said }>;
  /** Whether what twins, and independent pairs, print as the smallest change is true. */
  honest: Record<Decides, { twins: Honest | null; independent: Honest | null }>;
  /** Twins with a change of the size that others print, and those that run for as long as 5 % is said to need. */
  ofPrinted: Partial<Record<Decides, Found>>;
  ofNeeded: Partial<Record<Decides, Found>>;
  /** How many of 100 triples the rule of repeated runs calls worse, by any of the figures. */
  cvWorsePercent: Record<"none" | Planted, number>;
}

/** For how long levels must run until nine of ten pairs find 5 %: errors fall with the root of the time. */
export const neededFor = (honest: Honest | null, windowS: number): number | null =>
  honest?.shows == null
    ? null
    : windowS * (Math.log1p(honest.shows / 100) / Math.log1p(PLANTED_PERCENT / 100)) ** 2;

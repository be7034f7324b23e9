import { type Change, REASON_TEXT } from "@brimline/core/codes";
import type { ComparedFigure, Comparison, GateFigure } from "@brimline/core/compare/schema";
import { type Said, saidOf, unitOf } from "@brimline/core/compare/words";
import type { Figure } from "@brimline/core/figure";
import type { FigureKey } from "@brimline/core/report/catalogue";
import { gpuText, serverOf } from "@brimline/core/report/entry";
import type { Report } from "@brimline/core/report/schema";
import { loadText, num } from "@brimline/core/report/text";
import { MISSING, showFigure } from "../format/figure.ts";
import { bareFormatOf, nameWithUnit } from "../format/named.ts";
import { day, points, signedPoints } from "../format/number.ts";
import { HUES, type Strip, type Strips, stripOf, stripsOf } from "./strip.ts";
import type { Pill } from "./table.ts";

const PILLS: Record<Change, Pill> = {
  better: { text: "better", tone: "good" },
  worse: { text: "worse", tone: "bad" },
  same: { text: "same", tone: "neutral" },
  inconclusive: { text: "inconclusive", tone: "neutral" },
};

/** The head of the page: "Worse" and "than the baseline". */
const HEADS: Record<Change, [said: string, than: string]> = {
  better: ["Better", "than the baseline"],
  worse: ["Worse", "than the baseline"],
  same: ["The same", "as the baseline"],
  inconclusive: ["Not told apart", "from the baseline"],
};

/** What a part of the words is about. */
const PARTS: Record<Change, string> = {
  worse: "Worse",
  inconclusive: "Not known",
  better: "Better",
  same: "The same",
};

export interface Row {
  name: string;
  /** Why the figure is to be read with care: the letters of notes. */
  notes: string;
  before: Shown;
  after: Shown;
  change: string;
  /** "+12 to +18 %". It is empty where the change is not known. */
  interval: string;
  strip: Strip | null;
  hue: string;
  smallest: string;
  verdict: Pill | null;
}

interface Shown {
  text: string;
  interval: string;
}

/** The figures of one load. */
interface Group {
  load: string;
  rows: Row[];
}

export interface FigureTable {
  strips: Strips;
  /** "± 12 %": how far the scale reaches. */
  reach: string;
  groups: Group[];
  notes: { letter: string; text: string }[];
}

/** A job on one side of a comparison. */
export interface SideFacts {
  role: string;
  name: string;
  id: string;
  /** The way to its report. It is null where that has no page. */
  href: string | null;
  made: string;
  day: string;
  facts: string[];
}

export interface ComparisonView {
  head: [said: string, than: string];
  tone: Change;
  pill: Pill;
  chips: string[];
  /** What changed in words: the part that decided, and the others with what to do. */
  lead: string;
  rows: { name: string; text: string }[];
  sides: [SideFacts, SideFacts];
  gate: FigureTable;
  /** It is null where nothing else is known in both. */
  detail: FigureTable | null;
  isSimulated: boolean;
}

export const comparisonTitle = ({ verdict, b }: Comparison): string =>
  `${HEADS[verdict].join(" ")}: ${b.name}`;

/** `pages` says which of the reports have a page. */
export function comparisonView(
  comparison: Comparison,
  a: Report,
  b: Report,
  pages = { a: true, b: true },
): ComparisonView {
  const { verdict, gate, detail, marginPercent, next, differs, whyIndependent } = comparison;
  const said = saidOf(gate, marginPercent);
  const lead = said.find((part) => part.verdict === verdict);
  return {
    head: HEADS[verdict],
    tone: verdict,
    pill: PILLS[verdict],
    chips: chipsOf(comparison),
    lead: lead === undefined ? comparison.sentence : partText(lead, marginPercent),
    rows: [
      ...said
        .filter((part) => part !== lead)
        .map((part) => ({ name: PARTS[part.verdict], text: partText(part, marginPercent) })),
      ...[next].flatMap((text) => (text === null ? [] : [{ name: "Next", text }])),
      ...[whyIndependent].flatMap((text) => (text === null ? [] : [{ name: "No twins", text }])),
      ...(differs.length === 0 ? [] : [{ name: "Differs", text: differs.join(" ") }]),
    ],
    sides: [sideOf("Baseline", a, pages.a), sideOf("This job", b, pages.b)],
    gate: tableOf(gate, marginPercent, (figure) => (figure as GateFigure).verdict),
    detail: detail.length === 0 ? null : tableOf(detail, marginPercent, () => null),
    isSimulated: a.provenance.simulated || b.provenance.simulated,
  };
}

/** A part of the words as a sentence of its own. */
function partText({ verdict, text }: Said, marginPercent: number): string {
  if (verdict === "inconclusive") return `Not known to be within ${num(marginPercent)} %: ${text}.`;
  const isPart = verdict === "same" && !text.startsWith("all");
  return `${capital(text)}${isPart ? ` are within ${num(marginPercent)} % of the baseline's` : ""}.`;
}

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

function chipsOf({ b, gate, whyIndependent, marginPercent }: Comparison): string[] {
  const loads = [...new Set(gate.map(({ load }) => loadText(load)))];
  return [
    b.model,
    loads.length > 4 ? `${loads.length} loads` : loads.join(", "),
    whyIndependent === null ? "twins: the same requests" : "independent requests",
    `margin ${num(marginPercent)} %`,
  ].filter((chip) => chip !== "");
}

function sideOf(role: string, report: Report, hasPage: boolean): SideFacts {
  const { id, name, createdAt, tags } = report;
  return {
    role,
    name,
    id,
    href: hasPage ? `/r/${id}/` : null,
    made: createdAt,
    day: `${day(createdAt)}, ${createdAt.slice(11, 16)} UTC`,
    facts: [gpuText(report), serverOf(report), tags.length === 0 ? null : tags.join(", ")].filter(
      (fact) => fact !== null,
    ),
  };
}

function tableOf(
  figures: ComparedFigure[],
  marginPercent: number,
  verdictOf: (figure: ComparedFigure) => Change | null,
): FigureTable {
  const letters = new Map<string, string>();
  const letterOf = (text: string): string => {
    const letter = letters.get(text) ?? String.fromCharCode("a".charCodeAt(0) + letters.size);
    letters.set(text, letter);
    return letter;
  };
  const strips = stripsOf(figures, marginPercent);
  const groups = [...Map.groupBy(figures, ({ load }) => loadText(load))].map(([load, ofLoad]): Group => ({
    load,
    rows: ofLoad.map((figure) => {
      const verdict = verdictOf(figure);
      return {
        ...rowOf(figure, strips),
        notes: figure.reasons.map((reason) => letterOf(REASON_TEXT[reason])).join(", "),
        hue: verdict === null ? "blue" : HUES[verdict],
        verdict: verdict === null ? null : PILLS[verdict],
      };
    }),
  }));
  return {
    strips,
    reach: `${num(strips.reach)} %`,
    groups,
    notes: [...letters].map(([text, letter]) => ({ letter, text })),
  };
}

function rowOf(figure: ComparedFigure, strips: Strips): Omit<Row, "notes" | "hue" | "verdict"> {
  const { a, b, change, smallest } = figure;
  const key = figure.figure as FigureKey;
  const unit = unitOf(figure);
  const end = (value: number | null): string => (value === null ? "…" : signedPoints(value));
  return {
    name: nameWithUnit(key),
    before: shown(a, key),
    after: shown(b, key),
    change: change === null ? MISSING : `${signedPoints(change.value)} ${unit}`,
    interval: change === null ? "" : `${end(change.low)} to ${end(change.high)}`,
    strip: stripOf(figure, strips),
    smallest: smallest === null ? MISSING : `${points(smallest)} ${unit}`,
  };
}

function shown(figure: Figure, key: FigureKey): Shown {
  const { text, interval } = showFigure(figure, bareFormatOf(key));
  return { text, interval: interval ?? "" };
}

/** What a strip shows, for readers who cannot see it. */
export const stripText = ({ change, interval, verdict }: Row): string =>
  `${change}${interval === "" ? "" : ` (${interval})`}${verdict === null ? "" : `: ${verdict.text}`}`;

import type { Figure } from "@brimline/core/figure";
import { showFigure } from "../format/figure.ts";

/** The content of a cell: a text, a text with a note, or a figure and the way to write it. */
type CellValue =
  | string
  | { text: string; why: string }
  | { figure: Figure; format: (value: number) => string; showInterval?: boolean };

export interface Column<Row> {
  /** The lines of the heading. */
  head: string[];
  /** The explanation of a short heading, shown as its title. */
  meaning?: string;
  cell: (row: Row) => CellValue;
}

interface Cell {
  text: string;
  /** A smaller text behind the text: "±33". */
  detail: string | null;
  /** The letter of the note that says why the figure is missing, or that the load generator may have bent it. */
  note: string | null;
}

export interface Table {
  /** What the table shows, for readers who cannot see it. */
  caption: string;
  head: { lines: string[]; meaning: string | null }[];
  rows: { cells: Cell[]; tone: Tone; pill: Pill | null }[];
  notes: { letter: string; text: string }[];
}

type Tone = "plain" | "best" | "muted";
export interface Pill {
  text: string;
  tone: "good" | "neutral" | "bad";
}

export interface RowLook {
  tone?: Tone;
  pill?: Pill | null;
}

/** Makes a table of figures. A missing figure is a dash with the letter of a note that says why. */
export function tableOf<Row>(
  caption: string,
  columns: Column<Row>[],
  rows: Row[],
  look: (row: Row) => RowLook = () => ({}),
): Table {
  const letters = new Map<string, string>();
  const letterOf = (text: string): string => {
    const letter = letters.get(text) ?? String.fromCharCode("a".charCodeAt(0) + letters.size);
    letters.set(text, letter);
    return letter;
  };
  const cellOf = (value: CellValue): Cell => {
    if (typeof value === "string") return { text: value, detail: null, note: null };
    if ("why" in value) return { text: value.text, detail: null, note: letterOf(value.why) };
    const shown = showFigure(value.figure, value.format);
    const { value: known, reasons } = value.figure;
    const isNoted = known === null || reasons.includes("client_limited");
    return {
      text: shown.text,
      detail: value.showInterval === true ? plusMinus(value) : null,
      note: isNoted && shown.reason !== null ? letterOf(shown.reason) : null,
    };
  };
  const shown = rows.map((row) => {
    const { tone = "plain", pill = null } = look(row);
    return { cells: columns.map((column) => cellOf(column.cell(row))), tone, pill };
  });
  return {
    caption,
    head: columns.map((column) => ({ lines: column.head, meaning: column.meaning ?? null })),
    rows: shown,
    notes: [...letters].map(([text, letter]) => ({ letter, text })),
  };
}

/** Half of the 95 % interval. */
function plusMinus({ figure, format }: { figure: Figure; format: (value: number) => string }): string | null {
  return figure.low === null || figure.high === null || figure.value === null
    ? null
    : `±${format((figure.high - figure.low) / 2)}`;
}

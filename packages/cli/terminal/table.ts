import width from "string-width";

const INDENT = "  ";

/**
 * A text table for a terminal. Columns are two spaces apart. The first column is aligned left, the others as
 * `others` says. Widths are in cells of the terminal: a Chinese character or an emoji takes two.
 */
export function table(rows: readonly (readonly string[])[], others: "left" | "right" = "right"): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...rows.map((row) => width(row[column] ?? ""))),
  );
  return rows.map((row) =>
    (
      INDENT +
      row.map((text, column) => pad(text, widths[column] ?? 0, column === 0 || others === "left")).join("  ")
    ).trimEnd(),
  );
}

const pad = (text: string, to: number, left: boolean): string => {
  const space = " ".repeat(Math.max(0, to - width(text)));
  return left ? text + space : space + text;
};

/** Breaks a text into lines of at most `columns` cells, each after `indent`. */
export function wrap(text: string, columns: number, indent = ""): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && width(indent) + width(line) + 1 + width(word) > columns) {
      lines.push(indent + line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, indent + line];
}

/** The title of a block. */
export const title = (text: string): string => text.toUpperCase();

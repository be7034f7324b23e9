const INDENT = "  ";

/** Text tables for a terminal, two spaces apart: the first column left, the others right where they hold numbers. */
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

// Every character that we print is one cell wide; code points are counted so that "≥" and "–" are not counted by their bytes.
const width = (text: string): number => Array.from(text).length;
const pad = (text: string, to: number, left: boolean): string => {
  const space = " ".repeat(Math.max(0, to - width(text)));
  return left ? text + space : space + text;
};

/** Words of a text in lines of at most `columns` characters, each after `indent`. */
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

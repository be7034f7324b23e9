/** One line of a scrape: a name, its labels and its number, which may be NaN or infinite. */
export interface ExportedValue {
  name: string;
  labels: ReadonlyMap<string, string>;
  value: number;
}

/** What bounds a scrape. A body beyond `bytes` or `kept` is given up, and longer lines are not read. */
export const EXPOSITION_LIMITS = {
  /** Characters of a whole body. vLLM sends 100,000, and 1,000 for each engine more. */
  bytes: 4 * 1024 * 1024,
  lineBytes: 16 * 1024,
  /** The values that have one of the wanted names. */
  kept: 4096,
};

/** Why a body says nothing. */
export type BodyProblem = "body_too_large" | "too_many_values" | "not_metrics";

/** Reads the body of a scrape in pieces. */
export interface ExpositionReader {
  /** It is false when no more of the body is needed, because it is too large. */
  take(text: string): boolean;
  end(): ExportedValue[] | BodyProblem;
}

const COMMENT = /^#\s*(?:TYPE|HELP|UNIT|EOF)\b/;
const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /[\s,]*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"/y;
const LABELS_END = /[\s,]*\}/y;
/** An exemplar and a time may follow the number. */
const VALUE = /^\s+(\S+)(?=\s|$)/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * Reads Prometheus's text format, and OpenMetrics, whose lines differ in the time and the exemplar that may
 * follow a number, and by a last line. It keeps the values of the wanted names alone, so that a body of any size
 * fills no memory. Of two values with one name and the same labels, the first counts. A line that is no value is
 * not read. A body without any line of the format is `not_metrics`.
 * https://prometheus.io/docs/instrumenting/exposition_formats
 */
export function createExposition(
  isWanted: (name: string) => boolean,
  limits = EXPOSITION_LIMITS,
): ExpositionReader {
  const kept = new Map<string, ExportedValue>();
  let problem: BodyProblem | null = null;
  let bytes = 0;
  let lines = 0;
  let rest = "";
  /** Whether the line that `rest` begins is longer than may be, so that all of it is left out. */
  let isSkipping = false;

  function takeLine(line: string): void {
    if (line.startsWith("#")) {
      if (lines === 0 && COMMENT.test(line)) lines++;
      return;
    }
    const name = NAME.exec(line)?.[0];
    if (name === undefined) return;
    if (!isWanted(name)) {
      if (lines === 0 && valueOf(line, name) !== null) lines++;
      return;
    }
    const read = valueOf(line, name);
    if (read === null) return;
    lines++;
    const key = `${name}\n${[...read.labels]
      .map((pair) => pair.join("="))
      .toSorted()
      .join("\n")}`;
    if (!kept.has(key)) kept.set(key, read);
    if (kept.size > limits.kept) problem = "too_many_values";
  }

  return {
    take(text) {
      bytes += text.length;
      if (bytes > limits.bytes) problem ??= "body_too_large";
      if (problem !== null) return false;
      let from = 0;
      for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", from)) {
        if (!isSkipping && rest.length + end - from <= limits.lineBytes)
          takeLine(rest + text.slice(from, end));
        isSkipping = false;
        rest = "";
        from = end + 1;
      }
      isSkipping ||= rest.length + text.length - from > limits.lineBytes;
      rest = isSkipping ? "" : rest + text.slice(from);
      return problem === null;
    },
    end() {
      if (rest !== "") takeLine(rest);
      if (problem !== null) return problem;
      return lines === 0 ? "not_metrics" : [...kept.values()];
    },
  };
}

function valueOf(line: string, name: string): ExportedValue | null {
  const labels = new Map<string, string>();
  let at = name.length;
  while (line[at] === " " || line[at] === "\t") at++;
  if (line[at] === "{") {
    at++;
    for (;;) {
      LABEL.lastIndex = at;
      const label = LABEL.exec(line);
      if (label === null) break;
      labels.set(label[1] ?? "", unescaped(label[2] ?? ""));
      at = LABEL.lastIndex;
    }
    LABELS_END.lastIndex = at;
    if (!LABELS_END.test(line)) return null;
    at = LABELS_END.lastIndex;
  } else at = name.length;
  const [, text] = VALUE.exec(` ${line.slice(at)}`) ?? [];
  const value = text === undefined ? null : numberOf(text);
  return value === null ? null : { name, labels, value };
}

const unescaped = (text: string): string =>
  text.includes("\\") ? text.replaceAll(/\\(.)/g, (_, next: string) => (next === "n" ? "\n" : next)) : text;

function numberOf(text: string): number | null {
  if (NUMBER.test(text)) return Number(text);
  const word = text.toLowerCase();
  if (word === "nan") return Number.NaN;
  if (/^\+?inf(?:inity)?$/.test(word)) return Infinity;
  return /^-inf(?:inity)?$/.test(word) ? -Infinity : null;
}

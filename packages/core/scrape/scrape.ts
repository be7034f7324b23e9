import {
  BUCKETED,
  bucketColumn,
  type Bucketed,
  SERVER_COLUMNS,
  serverColumnRule,
} from "../record/telemetry/server-columns.ts";
import type { Duration, Engine, Selector, SumAndCount } from "./engine.ts";
import { ENGINES } from "./engines.ts";
import {
  type BodyProblem,
  createExposition,
  type ExportedValue,
  type ExpositionReader,
} from "./exposition.ts";

/** What one scrape of a server's own metrics says, in our columns. */
export interface Scrape {
  engine: string;
  /** A column is missing where the server does not export it, and null where its value cannot be true. */
  values: Record<string, number | null>;
}

/** Why a scrape says nothing. `unknown_engine` is a body of metrics with no name that any engine has. */
export type ScrapeProblem = BodyProblem | "unknown_engine";

export interface ScrapeReader extends Pick<ExpositionReader, "take"> {
  end(): Scrape | ScrapeProblem;
}

/** Reads one scrape as its pieces come. */
export function createScrape(): ScrapeReader {
  const reader = createExposition((name) => WANTED.has(name));
  return {
    take: (text) => reader.take(text),
    end() {
      const read = reader.end();
      return typeof read === "string" ? read : scrapeOf(read);
    },
  };
}

/** The finest histogram has 40 edges. A server with more of them keeps the counts alone. */
const EDGES_MAX = 48;
const RATIOS = new Set(["kvPercent"]);

/** The engine is the one that most of the names belong to. */
function scrapeOf(exported: ExportedValue[]): Scrape | "unknown_engine" {
  const byName = Map.groupBy(exported, ({ name }) => name);
  const read = ENGINES.map((engine) => ({ engine: engine.name, values: valuesOf(engine, byName) }));
  const best = read.toSorted((a, b) => Object.keys(b.values).length - Object.keys(a.values).length)[0];
  return best === undefined || Object.keys(best.values).length === 0 ? "unknown_engine" : best;
}

type ByName = ReadonlyMap<string, ExportedValue[]>;

function valuesOf(engine: Engine, byName: ByName): Scrape["values"] {
  const chosen = (selector: Selector): ExportedValue[] => {
    const { name, labels } = readSelector(selector);
    return (byName.get(name) ?? []).filter(
      (each) =>
        labels.every(([label, value]) => each.labels.get(label) === value) &&
        !(engine.splits ?? []).some((split) => (each.labels.get(split) ?? "") !== ""),
    );
  };
  const values: Scrape["values"] = {};
  const put = (column: string, value: number): void => {
    const rule = serverColumnRule(column);
    values[column] = rule !== null && value >= rule.least && value <= rule.most ? value : null;
  };
  for (const [column, names] of Object.entries(engine.single)) {
    const found = names.map((name) => [name].flat().map(chosen)).find(isComplete);
    if (found === undefined) continue;
    const all = found.flat().map(({ value }) => value);
    // Of several engines behind one server, each has a cache of its own.
    put(column, RATIOS.has(column) ? (100 * sumOf(all)) / all.length : sumOf(all));
  }
  for (const [duration, names] of Object.entries(engine.durations) as [
    Duration,
    (string | SumAndCount)[],
  ][]) {
    const parts = names
      .map((name) => partsOf(name, chosen))
      .find(({ sum, count }) => isComplete([sum, count]));
    if (parts === undefined) continue;
    put(`${duration}S`, sumOf(parts.sum.map(({ value }) => value)) * parts.unitS);
    put(`${duration}Count`, sumOf(parts.count.map(({ value }) => value)));
    if (isBucketed(duration)) putBuckets(duration, parts.buckets, put);
  }
  return values;
}

const isComplete = (found: ExportedValue[][]): boolean => found.every((each) => each.length > 0);
const isBucketed = (duration: Duration): duration is Bucketed => BUCKETED.some((name) => name === duration);
const sumOf = (values: number[]): number => values.reduce((sum, value) => sum + value, 0);

interface Parts {
  sum: ExportedValue[];
  count: ExportedValue[];
  buckets: ExportedValue[];
  unitS: number;
}

function partsOf(name: Selector | SumAndCount, chosen: (selector: Selector) => ExportedValue[]): Parts {
  if (typeof name !== "string")
    return { sum: chosen(name.sum), count: chosen(name.count), buckets: [], unitS: name.unitS ?? 1 };
  const part = (suffix: string): ExportedValue[] => chosen(withSuffix(name, suffix));
  return { sum: part("_sum"), count: part("_count"), buckets: part("_bucket"), unitS: 1 };
}

/** Engines with other edges cannot be added up, so an edge that one of them lacks is left out. */
function putBuckets(
  of: Bucketed,
  buckets: ExportedValue[],
  put: (column: string, value: number) => void,
): void {
  const byEdge = Map.groupBy(buckets, ({ labels }) => Number(labels.get("le") ?? Number.NaN));
  const most = Math.max(0, ...byEdge.values().map((each) => each.length));
  const edges = [...byEdge].filter(
    ([edgeS, each]) => Number.isFinite(edgeS) && edgeS >= 0 && each.length === most,
  );
  if (edges.length > EDGES_MAX) return;
  for (const [edgeS, each] of edges.toSorted(([a], [b]) => a - b))
    put(bucketColumn(of, edgeS), sumOf(each.map(({ value }) => value)));
}

const withSuffix = (selector: Selector, suffix: string): Selector =>
  selector.replace(/^[^{]*/, (name) => name + suffix);

function readSelector(selector: Selector): { name: string; labels: (readonly [string, string])[] } {
  const [name = "", labels = ""] = selector.split("{");
  return {
    name,
    labels: [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(
      ([, label = "", value = ""]) => [label, value] as const,
    ),
  };
}

/** Every name that an engine's table has, so that a reader can leave out all others. */
const WANTED = new Set(
  ENGINES.flatMap(({ single, durations }) => [
    ...Object.values(single).flat(2),
    ...Object.values(durations)
      .flat()
      .flatMap((name) =>
        typeof name === "string"
          ? ["_sum", "_count", "_bucket"].map((suffix) => withSuffix(name, suffix))
          : [name.sum, name.count],
      ),
  ]).map((selector) => readSelector(selector).name),
);

/** The columns of a row, in the order of `SERVER_COLUMNS`, then those of buckets. */
export const columnsOf = (scrapes: Scrape[]): string[] => {
  const names = new Set(scrapes.flatMap(({ values }) => Object.keys(values)));
  const single = Object.keys(SERVER_COLUMNS).filter((name) => names.has(name));
  return [...single, ...[...names].filter((name) => !Object.hasOwn(SERVER_COLUMNS, name))];
};

import type { Column, SampledSource } from "@brimline/core/record/telemetry/sample";
import { readdirSync } from "node:fs";
import { extname } from "node:path";

/** The monotonic time in ms, the index of the identity, then a value for each column. */
export type SampleRow = (number | null)[];

/** What rows are of, and what stands in them. */
export interface Sampled extends SampledSource {
  columns: Column[];
}

/** What samples one source of this host. */
export interface Collector extends Sampled {
  /** What it samples and how, as the agent's first line says it after "samples". */
  description: string;
  /** Whether it only stands beside other samples: an agent with nothing else has nothing to do. */
  isBeside?: true;
  /**
   * Samples from now on. `onRow` is called with each row as it comes, and `onChange` before the first row that has
   * other columns, or is of something else, than the rows before it.
   */
  start(
    onRow: (row: SampleRow) => void,
    onChange: (sampled: Omit<Sampled, "source">) => void,
  ): { stop(): void };
}

/** What each file of `collectors/` exports as `finder`. */
export interface CollectorFinder {
  /** Its own options on the command line, and the lines that explain them. */
  options: Record<string, { type: "string"; default?: string }>;
  usage: string;
  /**
   * Looks at the host. It is null if there is nothing to sample and nobody asked for it, and throws
   * BrimlineError if what was asked for cannot be sampled. `log` takes troubles.
   */
  find(values: Record<string, string | undefined>, log: (line: string) => void): Promise<Collector | null>;
}

/** The finders of all files in `collectors/`. No list names them, so a collector is one file and its test. */
export async function loadFinders(): Promise<CollectorFinder[]> {
  const folder = new URL("collectors/", import.meta.url);
  const files = readdirSync(folder)
    .filter((file) => extname(file) === extname(import.meta.url) && !file.endsWith(".test.ts"))
    .toSorted();
  return Promise.all(
    files.map(async (file) => {
      const { finder } = (await import(new URL(file, folder).href)) as { finder: CollectorFinder };
      return finder;
    }),
  );
}

/**
 * What there is to sample on this host. What cannot be sampled ends the agent, unless nobody asked for it by one
 * of its options and there is something else.
 */
export async function findCollectors(
  finders: CollectorFinder[],
  values: Record<string, string | undefined>,
  log: (line: string) => void,
): Promise<Collector[]> {
  const found: Collector[] = [];
  const missing: { error: unknown; isAsked: boolean }[] = [];
  for (const finder of finders) {
    const isAsked = Object.entries(finder.options).some(([name, option]) => values[name] !== option.default);
    try {
      const collector = await finder.find(values, log);
      if (collector !== null) found.push(collector);
    } catch (error) {
      missing.push({ error, isAsked });
    }
  }
  const fatal = missing.find(({ isAsked }) => isAsked || found.every(({ isBeside }) => isBeside));
  if (fatal !== undefined) throw fatal.error;
  for (const { error } of missing) log(error instanceof Error ? error.message : String(error));
  return found;
}

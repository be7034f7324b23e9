import type { Comparison, GateFigure } from "@brimline/core/compare/schema";
import type { Figure } from "@brimline/core/figure";
import type { FigureKey } from "@brimline/core/report/catalogue";
import type { Job } from "@brimline/core/job/state/job";
import { appendFile, writeFile } from "node:fs/promises";
import { CommandError } from "./error.ts";
import { cell, fullLoadText, heading, interval, number } from "@brimline/core/report/shown/cells";
import { junit } from "./junit.ts";
import { plain, row } from "@brimline/core/report/shown/markdown";
import type { ServiceConnection } from "./service.ts";

/** How a comparison is told by the flags of a command. */
export interface Telling {
  /** Where standard output belongs to something else there is none. */
  format: "text" | "json" | "markdown" | "none";
  /** Where JUnit's XML goes. */
  junit: string | undefined;
  /** Where Markdown is added: the summary of a step of GitHub's. */
  summary: string | undefined;
  /** Where its page is. It is null where there is none. */
  page: PagePlace | null;
}

/** Where a reader finds a page. */
export interface PagePlace {
  /** Its address, or the command that serves it. */
  shown: string;
  /** Its address, if it stays there when this command has ended. */
  url: string | null;
}

/** The page of a job's comparison with its baseline. */
export function comparisonPage(
  { client, pagesAt, placeFlags }: Pick<ServiceConnection, "client" | "pagesAt" | "placeFlags">,
  { id, links }: Job,
): PagePlace | null {
  if (links.comparison === null) return null;
  const url = new URL(links.comparison, `${client.url}/`).href;
  return pagesAt === null
    ? { shown: url, url }
    : { shown: `npx brimline open ${id} ${placeFlags}`.trimEnd(), url: null };
}

/** The file that GitHub names for the summary of a step. */
export const summaryFile = (): string | undefined => process.env["GITHUB_STEP_SUMMARY"] || undefined;

/**
 * Prints a comparison, writes it where a build looks for it, and resolves to the exit code: 0 same or better, 1 worse, 3
 * inconclusive.
 */
export async function tell(
  comparison: Comparison,
  { format, junit: file, summary, page }: Telling,
): Promise<number> {
  process.stdout.write(
    await {
      text: async () => `\n${await text(comparison, page)}`,
      json: () => `${JSON.stringify(comparison, null, 2)}\n`,
      markdown: () => markdown(comparison, page?.url ?? null),
      none: () => "",
    }[format](),
  );
  if (file !== undefined) await written(file, () => writeFile(file, junit(comparison, page?.url ?? null)));
  if (summary !== undefined)
    await written(summary, () => appendFile(summary, `${markdown(comparison, page?.url ?? null)}\n`));
  return codeOf(comparison.verdict);
}

const codeOf = (verdict: Comparison["verdict"]): number =>
  verdict === "worse" ? 1 : verdict === "inconclusive" ? 3 : 0;

export async function written(file: string, write: () => Promise<void>): Promise<void> {
  await write().catch((cause: unknown) => {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
    throw new CommandError(`cannot write ${file} (${code})`, { cause });
  });
}

const HEAD = ["load", "figure", "before", "after", "change", "95 %", "verdict", "found from"];

/** What a narrow terminal goes without, the least important first. */
const LEFT_OUT = [
  [],
  ["found from"],
  ["found from", "before", "after"],
  ["found from", "before", "after", "95 %"],
];

const OUTCOME: Record<Comparison["verdict"], string> = {
  better: "is better",
  worse: "is worse",
  same: "is the same",
  inconclusive: "may be better or worse",
};

/** The table of all figures: the widest that fits, or else the narrowest. */
export async function gateTable(gate: GateFigure[], columns: number): Promise<string[]> {
  // The library that measures the width of text takes 50 ms to load.
  const { table } = await import("./terminal/table.ts");
  const values = [HEAD, ...gate.map((figure) => cellsOf(figure, cell))];
  const tables = [
    [HEAD, ...gate.map((figure) => cellsOf(figure))],
    ...LEFT_OUT.map((out) => values.map((cells) => cells.filter((_, i) => !out.includes(HEAD[i] ?? "")))),
  ].map((rows) => table(rows, "left"));
  return tables.find((lines) => lines.every((line) => line.length <= columns)) ?? tables.at(-1) ?? [];
}

function cellsOf(figure: GateFigure, side: (value: Figure) => string = withInterval): string[] {
  const { load, change, unit, verdict, smallest } = figure;
  const sign = unit === "percent" ? " %" : " points";
  const signed = (value: number | null): string =>
    value === null ? "…" : `${value < 0 ? "−" : "+"}${number(Math.abs(value))}`;
  return [
    fullLoadText(load),
    heading(figure.figure as FigureKey),
    side(figure.a),
    side(figure.b),
    change === null ? "—" : `${signed(change.value)}${sign}`,
    change === null ? "" : `${signed(change.low)} to ${signed(change.high)}`,
    verdict,
    smallest === null ? "—" : `${number(smallest)}${sign}`,
  ];
}

function withInterval(figure: GateFigure["a"]): string {
  const ends = interval(figure);
  return ends === "" ? cell(figure) : `${cell(figure)} (${ends})`;
}

/** The comparison for a terminal: what changed in words, then figure by figure. */
async function text(comparison: Comparison, page: PagePlace | null): Promise<string> {
  const { title, wrap } = await import("./terminal/table.ts");
  const { a, b, sentence, next, differs, whyIndependent, gate } = comparison;
  const columns = process.stdout.columns || 100;
  return [
    ...wrap(
      `${title("Compared with")} ${a.id} (${a.name}, ${a.createdAt.slice(0, 16).replace("T", " ")} UTC)`,
      columns,
    ),
    ...[sentence, next, whyIndependent, ...differs]
      .filter((said) => said !== null)
      .flatMap((said) => wrap(said, columns, "  ")),
    "",
    ...(await gateTable(gate, columns)),
    "",
    `  ${b.id} ${OUTCOME[comparison.verdict]}.`,
    ...(page === null ? [] : [`  Page: ${page.shown}`]),
    "",
  ].join("\n");
}

/** The same for an issue, a pull request or GitHub's step summary. */
export function markdown(comparison: Comparison, pageUrl: string | null): string {
  const { a, b, verdict, sentence, next, differs, whyIndependent, gate } = comparison;
  return [
    `### ${plain(b.name)}: ${verdict}`,
    "",
    `**${plain(sentence)}**`,
    "",
    row(HEAD),
    `|---|---|${"---:|".repeat(4)}---|---:|`,
    ...gate.map((figure) => row(cellsOf(figure).map(plain))),
    "",
    ...[next, whyIndependent, ...differs].flatMap((said) => (said === null ? [] : [`- ${plain(said)}`])),
    "",
    `Baseline: ${a.id}, ${plain(a.name)}, ${a.createdAt}${pageUrl === null ? "" : ` · [comparison](${pageUrl})`}`,
    "",
  ].join("\n");
}

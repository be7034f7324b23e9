import { type Column, type Identity, SAMPLE_SCHEMA, type SegmentHeader } from "../record/telemetry/sample.ts";
import { serverColumnRule } from "../record/telemetry/server-columns.ts";
import { columnsOf, type Scrape } from "./scrape.ts";

/** A scrape, and when it was begun by the clock of whoever took it. */
export interface TakenScrape {
  monotonicMs: number;
  scrape: Scrape;
}

/** The server that was scraped. Its address is no part of it, because reports show what is known of it. */
export const serverIdentity = (engine: string): Identity => ({ index: 0, id: "", name: engine, facts: {} });

export const serverColumns = (names: string[]): Column[] =>
  names.map((name) => ({ name, unit: serverColumnRule(name)?.unit ?? "1" }));

/** The values of a scrape in the order of the columns. What the server did not export then is null. */
export const serverRow = (
  { monotonicMs, scrape: { values } }: TakenScrape,
  columns: string[],
): (number | null)[] => [monotonicMs, 0, ...columns.map((name) => values[name] ?? null)];

/** The text of a segment of source `server` with these scrapes, of which there is one at least. */
export function serverSegment(
  taken: TakenScrape[],
  about: Pick<SegmentHeader, "writer" | "boot" | "host" | "startedUnixMs">,
): string {
  const columns = columnsOf(taken.map(({ scrape }) => scrape));
  const header: SegmentHeader = {
    schema: SAMPLE_SCHEMA,
    source: "server",
    identities: [serverIdentity(taken.at(-1)?.scrape.engine ?? "")],
    ...about,
    columns: serverColumns(columns),
    probes: [],
  };
  return [header, ...taken.map((each) => serverRow(each, columns))]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join("");
}

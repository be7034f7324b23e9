import { markdown } from "@brimline/testkit/markdown";
import { type ClientRun, medianOrNull } from "./table.ts";

/** What a client says and what was, ms: the medians over the rounds in which it says something. */
interface SaidAndWas {
  said: number | null;
  /** The interval of what is said, where the client gives one. Without `said` it reads "at least". */
  low: number | null;
  high: number | null;
  /** What the client thinks of it, in each round that thinks otherwise. */
  validities: string[];
  was: number | null;
}

/** The 99th percentiles of one client's own figures. */
export interface OwnRow {
  client: string;
  runs: number;
  ttftP99Ms: SaidAndWas;
  tpotP99Ms: SaidAndWas;
  itlP99Ms: SaidAndWas;
}

/** The rows of the clients that say something of their own. */
export function ownRows(runs: ClientRun[]): OwnRow[] {
  const saying = runs.filter(({ measured }) => measured.own !== undefined);
  return [...Map.groupBy(saying, ({ client }) => client)].map(([client, its]) => {
    const pair = (name: "ttftMs" | "tpotMs" | "itlMs"): SaidAndWas => ({
      said: medianOrNull(its.map(({ measured }) => measured.own?.[name].p99 ?? null)),
      low: medianOrNull(its.map(({ measured }) => measured.intervals?.[name].low ?? null)),
      high: medianOrNull(its.map(({ measured }) => measured.intervals?.[name].high ?? null)),
      validities: [...new Set(its.flatMap(({ measured }) => measured.intervals?.[name].validity ?? []))],
      was: medianOrNull(its.map(({ measured }) => measured.truth?.[name] ?? null)),
    });
    return {
      client,
      runs: its.length,
      ttftP99Ms: pair("ttftMs"),
      tpotP99Ms: pair("tpotMs"),
      itlP99Ms: pair("itlMs"),
    };
  });
}

/** A Markdown table. What a client does not say is –. */
export function renderOwn(rows: OwnRow[]): string {
  const ms = (value: number | null): string => (value === null ? "–" : value.toFixed(value < 10 ? 3 : 1));
  const cells = ({ said, low, high, validities, was }: SaidAndWas): string[] => {
    if (said === null) return [low === null ? "–" : `≥ ${ms(low)}`, ms(was)];
    const interval = low === null || high === null ? [] : [`(${ms(low)}–${ms(high)})`];
    return [[ms(said), ...interval, ...validities].join(" "), ms(was)];
  };
  return markdown(
    ["client", "runs", "TTFT p99", "was", "TPOT p99", "was", "ITL p99", "was"],
    rows.map(({ client, runs, ttftP99Ms, tpotP99Ms, itlP99Ms }) => [
      client,
      String(runs),
      ...[ttftP99Ms, tpotP99Ms, itlP99Ms].flatMap(cells),
    ]),
  );
}

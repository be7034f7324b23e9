import { createScrape, type Scrape } from "@brimline/core/scrape/scrape";

/**
 * What an engine counted between two scrapes of its own metrics. Means are over the requests that ended in
 * between, and null where none did.
 */
export interface EngineFigures {
  requests: number;
  inputTokens: number;
  outputTokens: number;
  ttftMs: number | null;
  tpotMs: number | null;
  /**
   * The time that its requests took in all, s. Divided by the number of users, who are always served, it is
   * the time that the run took.
   */
  e2eSumS: number;
}

/** Scrapes the metrics of an engine that can be compared with: its own must have all that the figures need. */
export async function scrapeOf({ url }: { url: string }): Promise<Scrape> {
  const reader = createScrape();
  reader.take(await (await fetch(`${url}/metrics`)).text());
  const scrape = reader.end();
  if (typeof scrape === "string" || scrape.values["outputTokens"] == null)
    throw new Error(`${url}/metrics has no counter of output tokens to compare with`);
  return scrape;
}

export function between(before: Scrape, after: Scrape): EngineFigures {
  const grown = (column: string): number => (after.values[column] ?? 0) - (before.values[column] ?? 0);
  const meanMs = (duration: string): number | null => {
    const count = grown(`${duration}Count`);
    return count === 0 ? null : (1000 * grown(`${duration}S`)) / count;
  };
  return {
    requests: grown("requests"),
    inputTokens: grown("promptTokens"),
    outputTokens: grown("outputTokens"),
    ttftMs: meanMs("ttft"),
    tpotMs: meanMs("tpot"),
    e2eSumS: grown("e2eS"),
  };
}

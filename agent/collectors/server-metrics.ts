import { BrimlineError } from "@brimline/core/error";
import { plainUrl } from "@brimline/core/job/spec/url";
import { answerFailure, SCRAPE_FAILURE_TEXT, type ScrapeFailure } from "@brimline/core/scrape/failure";
import { columnsOf, createScrape } from "@brimline/core/scrape/scrape";
import {
  serverColumns,
  serverIdentity,
  serverRow,
  type TakenScrape,
} from "@brimline/core/scrape/server-segment";
import { Agent, request } from "undici";
import type { Collector, CollectorFinder } from "../collector.ts";

const EVERY_MS = 1000;
/** A server that is saturated answers late, but what comes later than this says nothing of the moment. */
const TOTAL_MS = 5000;
const CONNECT_MS = 2000;

export const finder: CollectorFinder = {
  options: { metrics: { type: "string" } },
  usage: `  --metrics <url>       also read the inference server's own metrics every second, such as
                        http://127.0.0.1:8000/metrics`,
  async find(values, log) {
    const url = values["metrics"];
    if (url === undefined) return null;
    const judged = plainUrl(url);
    if ("problem" in judged)
      throw new BrimlineError("address_refused", `--metrics ${judged.problem}, not ${url}`);
    return collectorOf(judged.url, log);
  },
};

/**
 * Scrapes the server at this address, which the owner of this host named, and no service can. A server that is
 * not up yet is scraped once it is. What it exports may change while it runs, and so do the columns.
 */
export async function collectorOf(
  url: string,
  log: (line: string) => void,
  everyMs = EVERY_MS,
): Promise<Collector> {
  const first = await scrapeAt(url);
  const engine = "failure" in first ? "server" : first.scrape.engine;
  const columns = "failure" in first ? [] : columnsOf([first.scrape]);
  return {
    source: "server",
    identities: [serverIdentity(engine)],
    columns: serverColumns(columns),
    description: `${engine === "server" ? "the server" : engine}'s own metrics every ${EVERY_MS / 1000} s`,
    start(onRow, onChange) {
      let [knownColumns, knownEngine, lastFailure] = [columns, engine, null as ScrapeFailure | null];
      let isUnderWay = false;
      const scrape = async (): Promise<void> => {
        if (isUnderWay) return;
        isUnderWay = true;
        const taken = await scrapeAt(url);
        isUnderWay = false;
        if ("failure" in taken) {
          if (lastFailure !== taken.failure)
            log(`the server's own metrics are not read: ${SCRAPE_FAILURE_TEXT[taken.failure]}; asking again`);
          lastFailure = taken.failure;
          return;
        }
        lastFailure = null;
        const found = columnsOf([taken.scrape]);
        if (found.join() !== knownColumns.join() || taken.scrape.engine !== knownEngine) {
          [knownColumns, knownEngine] = [found, taken.scrape.engine];
          onChange({ identities: [serverIdentity(knownEngine)], columns: serverColumns(found) });
        }
        onRow(serverRow(taken, found));
      };
      const timer = setInterval(() => void scrape(), everyMs);
      void scrape();
      return { stop: () => clearInterval(timer) };
    },
  };
}

/** One scrape. Redirects are not followed, and the answer is read as it comes and bounded. */
async function scrapeAt(url: string): Promise<TakenScrape | { failure: ScrapeFailure }> {
  const dispatcher = new Agent({ connect: { timeout: CONNECT_MS } });
  try {
    const answer = await request(url, {
      dispatcher,
      headers: { accept: "text/plain;version=0.0.4", "accept-encoding": "identity" },
      signal: AbortSignal.timeout(TOTAL_MS),
    });
    const monotonicMs = Math.round(performance.now() * 1000) / 1000;
    const failure = answerFailure(
      answer.statusCode,
      String(answer.headers["content-encoding"] ?? "identity"),
    );
    if (failure !== null) return { failure };
    const reader = createScrape();
    const decoder = new TextDecoder();
    for await (const piece of answer.body as AsyncIterable<Buffer>)
      if (!reader.take(decoder.decode(piece, { stream: true }))) break;
    const scrape = reader.end();
    return typeof scrape === "string" ? { failure: scrape } : { monotonicMs, scrape };
  } catch (error) {
    return { failure: error instanceof Error && error.name === "TimeoutError" ? "timeout" : "connect" };
  } finally {
    await dispatcher.destroy();
  }
}

import { BrimlineError } from "@brimline/core/error";
import type { EndpointSecrets } from "@brimline/core/job/spec/endpoint-secrets";
import { metricsUrlOf } from "@brimline/core/job/spec/metrics-url";
import type { JobSpec } from "@brimline/core/job/spec/spec";
import type { TakenScrape } from "@brimline/core/scrape/server-segment";
import type { Guard } from "../guard/guard.ts";
import { requestHeaders, tlsOptions } from "../request/endpoint.ts";
import { openNodeWire } from "../transport/node-wire.ts";
import { MetricsLine, type ScrapeEnd } from "./metrics-line.ts";

export const SCRAPE_LIMITS = {
  /** A server that is saturated answers late, but what comes later than this says nothing of the moment. */
  totalMs: 5000,
  connectMs: 2000,
  everyMs: 1000,
};

/** Whose metrics are asked for, past which guard. The endpoint's secrets go to its own origin alone. */
export interface ScrapeOptions {
  spec: JobSpec;
  secrets: EndpointSecrets;
  guard: Guard;
}

/** Asks for the server's own metrics once. It is null where the job wants none. */
export async function scrapeOnce(options: ScrapeOptions, limits = SCRAPE_LIMITS): Promise<ScrapeEnd | null> {
  const source = metricsOf(options, limits);
  if (source === null) return null;
  try {
    return await source.ask();
  } finally {
    source.close();
  }
}

export interface Scraper {
  /** Takes a last scrape and ends. It resolves with all scrapes that said something. */
  stop(): Promise<TakenScrape[]>;
  /** Ends at once. It does nothing after `stop`. */
  abandon(): void;
}

/**
 * Scrapes the server's own metrics every second from now on. A scrape that is late is not hurried after: while
 * one is under way, no other begins. One that fails is left out, and ends it all where every other would cost
 * the load generator as much.
 */
export function startScraper(options: ScrapeOptions, limits = SCRAPE_LIMITS): Scraper {
  const source = metricsOf(options, limits);
  const taken: TakenScrape[] = [];
  let underWay: Promise<void> | null = null;

  async function scrape(): Promise<void> {
    const end = await source?.ask();
    if (end === undefined) return;
    if ("scrape" in end) taken.push({ monotonicMs: end.atMs, scrape: end.scrape });
    else if (end.failure === "body_too_large" || end.failure === "too_many_values") clearInterval(timer);
  }
  const begin = (): void => {
    underWay ??= scrape().finally(() => (underWay = null));
  };
  const timer = setInterval(begin, limits.everyMs);
  begin();

  return {
    async stop() {
      clearInterval(timer);
      await underWay;
      await scrape();
      source?.close();
      return taken;
    },
    abandon() {
      clearInterval(timer);
      source?.close();
    },
  };
}

/** What asks for the metrics over one connection, which is kept alive and opened anew when it was lost. */
function metricsOf(
  { spec, secrets, guard }: ScrapeOptions,
  limits: typeof SCRAPE_LIMITS,
): { ask(): Promise<ScrapeEnd>; close(): void } | null {
  const url = metricsUrlOf(spec);
  if (url === null) return null;
  const target = judged(guard, url);
  if (target === null) return { ask: async () => ({ failure: "address_refused" }), close: () => {} };
  const isOwnOrigin = target.origin === new URL(spec.endpoint.url).origin;
  const tls = isOwnOrigin ? tlsOptions(spec.endpoint, secrets) : {};
  const dial = guard.dial(target, { connectTimeoutMs: limits.connectMs, tls }, openNodeWire);
  const request = requestOf(target, isOwnOrigin ? requestHeaders(spec.endpoint, secrets) : {});
  let line: MetricsLine | null = null;
  return {
    async ask() {
      if (line?.isOpen !== true) line = new MetricsLine(dial);
      const asked = line;
      const timer = setTimeout(() => asked.close(), limits.totalMs);
      const end = await asked.ask(request);
      clearTimeout(timer);
      return end;
    },
    close: () => line?.close(),
  };
}

function judged(guard: Guard, url: string): URL | null {
  try {
    return guard.judge(url);
  } catch (error) {
    if (!(error instanceof BrimlineError)) throw error;
    return null;
  }
}

/** Headers whose bytes were checked when the job was submitted, and ours. */
function requestOf(target: URL, endpointHeaders: Record<string, string>): string {
  const { "content-type": _, ...own } = endpointHeaders;
  const headers = {
    ...own,
    host: target.host,
    "user-agent": "brimline",
    accept: "text/plain;version=0.0.4",
    "accept-encoding": "identity",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${target.pathname}${target.search} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

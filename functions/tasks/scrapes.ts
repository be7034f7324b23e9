import { serverSegment } from "@brimline/core/scrape/server-segment";
import { monotonicOriginUnixMs } from "@brimline/load/clock/wall";
import { type ScrapeOptions, startScraper } from "@brimline/load/scrape/scraper";
import { keys } from "@brimline/store/keys";
import { hostname } from "node:os";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { PreflightObject } from "../objects/preflight.ts";
import type { Service } from "../service.ts";

const pack = promisify(gzip);

interface ScrapingShard extends Pick<ScrapeOptions, "spec" | "secrets"> {
  attemptKey: string;
  shard: number;
  preflight: Pick<PreflightObject, "metrics">;
}

/**
 * Scrapes the server's own metrics while an attempt runs, in its shard 0 alone, if preflight found some. `write`
 * takes a last scrape and stores them all as one segment, which is on the clock of the shard. It must be written
 * before the shard's summary, so that a shard that is done has left all that it will. `stop` throws away what is
 * not written.
 */
export function keepScrapes(
  { data, guard }: Pick<Service, "data" | "guard">,
  { attemptKey, shard, spec, secrets, preflight: { metrics } }: ScrapingShard,
): { write(): Promise<void>; stop(): void } {
  if (shard !== 0 || metrics === null || "failure" in metrics)
    return { write: async () => {}, stop: () => {} };
  const startedUnixMs = monotonicOriginUnixMs();
  const scraper = startScraper({ spec, secrets, guard });
  return {
    async write() {
      const taken = await scraper.stop();
      if (taken.length === 0) return;
      const boot = Math.round(startedUnixMs).toString(36);
      const text = serverSegment(taken, { writer: "load", boot, host: hostname(), startedUnixMs });
      await data.create(keys.serverSamples(attemptKey), await pack(text), {
        contentType: "application/gzip",
      });
    },
    stop: () => scraper.abandon(),
  };
}

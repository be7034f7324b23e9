import { markdown } from "@brimline/testkit/markdown";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Study } from "../study.ts";

const run = promisify(execFile);
const PROGRAM = fileURLToPath(import.meta.resolve("@brimline/testkit/functions/publish-program"));
const SITES = [10, 1000, 10_000];

interface Took {
  ms: number;
  cpuMs: number;
}
interface Published {
  reports: number;
  whole: Took[];
  lists: Took[];
  mostMiB: number;
}

const median = (values: number[]): string =>
  (values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN).toFixed(0);

/** What publishing one more report costs beside ten others, a thousand and ten thousand. */
export const publish: Study = {
  name: "publish",
  title: "One more report on a site of 10, of 1,000 and of 10,000",
  quick: true,
  run: async ({ quick }) => {
    const figures: Published[] = [];
    for (const reports of SITES) {
      const { stdout } = await run(process.execPath, [PROGRAM, String(reports), quick ? "5" : "20"], {
        maxBuffer: 1e7,
        timeout: 600_000,
      });
      figures.push(JSON.parse(stdout) as Published);
    }
    const rows = figures.map(({ reports, whole, lists, mostMiB }) => [
      reports.toLocaleString("en-US"),
      median(whole.map(({ ms }) => ms)),
      median(whole.map(({ cpuMs }) => cpuMs)),
      median(lists.map(({ ms }) => ms)),
      median(lists.map(({ cpuMs }) => cpuMs)),
      mostMiB.toFixed(0),
    ]);
    const head = ["reports", "ms", "CPU ms", "its lists, ms", "its lists, CPU ms", "RSS MiB"];
    return { text: markdown(head, rows), figures };
  },
};

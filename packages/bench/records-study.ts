import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { markdown } from "@brimline/testkit/markdown";
import type { Study } from "./study.ts";
import type { RecordsFigures } from "./records.ts";

/** Requests have 100 chunks each. There are enough shards that none has more than 100,000 requests. */
const FULL = { requests: 1_000_000, chunks: 100, shards: 10 };
const QUICK = { requests: 50_000, chunks: 100, shards: 1 };

/**
 * Measures what it costs to keep every chunk's time: writing the records of 100,000 requests, and making the
 * report of a million.
 */
export const records: Study = {
  name: "records",
  title: "writing the records of 100,000 requests × 100 chunks, and the report of a million",
  quick: false,
  async run({ quick }) {
    process.stderr.write("records\n");
    const args = Object.entries(quick ? QUICK : FULL).map(([name, value]) => `--${name}=${value}`);
    const { stdout } = await promisify(execFile)(process.execPath, [
      join(import.meta.dirname, "records.ts"),
      ...args,
    ]);
    const figures = JSON.parse(stdout) as RecordsFigures;
    return { text: render(figures), figures };
  },
};

function render({ requests, chunks, bytesPerRequest, writeSecondsPer100k, report }: RecordsFigures): string {
  const heads = [
    "requests",
    "chunks each",
    "bytes each",
    "write 100,000, s",
    "read, s",
    "report, s",
    "CPU, s",
    "RSS MB",
  ];
  return markdown(heads, [
    [
      ...[requests, chunks].map((count) => count.toLocaleString("en")),
      bytesPerRequest.toFixed(0),
      ...[writeSecondsPer100k, report.readS, report.seconds, report.cpuSeconds].map((seconds) =>
        seconds.toFixed(1),
      ),
      report.peakMB.toFixed(0),
    ],
  ]);
}

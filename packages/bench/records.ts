import { aggregate } from "@brimline/core/report/aggregate";
import { createRecorder } from "@brimline/store/recorder";
import { recordTable } from "@brimline/store/records";
import { createScratch } from "@brimline/store/scratch";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { parseArgs, promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { plausibleJob } from "@brimline/testkit/plausible-job";
import { plausibleRecords } from "@brimline/testkit/plausible";

/**
 * Measures what keeping every chunk's time costs. It writes plausible records as a shard does, makes a report of
 * them as aggregation does, in a process of its own, and prints bytes, seconds and memory.
 *
 *     node packages/bench/records.ts [--requests 1000000] [--chunks 100] [--shards 10]
 */

/** Ten shards of so many users answer a million requests of 100 chunks in a quarter of an hour. */
const USERS_PER_SHARD = 250;
/** How many ends of requests a busy loop may see before its timers and sockets have their turn. */
const RECORDS_A_TURN = 50;

/** What this program prints. */
export interface RecordsFigures {
  requests: number;
  chunks: number;
  shards: number;
  bytesPerRequest: number;
  writeSeconds: number;
  writeSecondsPer100k: number;
  report: ReportCost;
  loadAverage: number | undefined;
}

/**
 * What aggregation took: the seconds until the records were read, the seconds in all, the CPU time, and the
 * most memory.
 */
interface ReportCost {
  readS: number;
  seconds: number;
  cpuSeconds: number;
  peakMB: number;
  gaps: number | undefined;
  gapP99Ms: number | null | undefined;
}

interface Written {
  bytes: number;
  /** The seconds from the first record to the bytes. The records were made before. */
  seconds: number;
}

async function writeShard(
  path: string,
  shard: number,
  { requests, chunks, shards }: { requests: number; chunks: number; shards: number },
): Promise<Written> {
  const records = [
    ...plausibleRecords({ shard, shards, requests: requests / shards, chunks, users: USERS_PER_SHARD }),
  ];
  const startMs = performance.now();
  const recorder = createRecorder();
  for (const [i, record] of records.entries()) {
    recorder.add(record);
    if (i % RECORDS_A_TURN === 0) await turn();
  }
  const body = await recorder.body();
  const seconds = (performance.now() - startMs) / 1000;
  writeFileSync(path, body);
  return { bytes: body.length, seconds };
}

/** It runs in a process of its own, so that it measures aggregation and not the writing. */
function report(folder: string): void {
  const scratch = createScratch();
  const startMs = performance.now();
  const tables = readdirSync(folder)
    .toSorted()
    .map((file) => recordTable(readFileSync(join(folder, file)), scratch));
  const readMs = performance.now() - startMs;
  const { levels } = aggregate(plausibleJob(tables, USERS_PER_SHARD * tables.length));
  const { user, system } = process.cpuUsage();
  const told: ReportCost = {
    readS: readMs / 1000,
    seconds: (performance.now() - startMs) / 1000,
    cpuSeconds: (user + system) / 1e6,
    peakMB: process.resourceUsage().maxRSS / 1024,
    gaps: levels[0]?.chunkGapMs.p50.n,
    gapP99Ms: levels[0]?.chunkGapMs.p99.value,
  };
  scratch.close();
  process.stdout.write(`${JSON.stringify(told)}\n`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    requests: { type: "string", default: "1000000" },
    chunks: { type: "string", default: "100" },
    shards: { type: "string", default: "10" },
  },
});

async function main(): Promise<void> {
  const size = {
    requests: Number(values.requests),
    chunks: Number(values.chunks),
    shards: Number(values.shards),
  };
  const folder = mkdtempSync(join(tmpdir(), "brimline-records-"));
  try {
    const written: Written[] = [];
    for (let shard = 0; shard < size.shards; shard++)
      written.push(
        await writeShard(join(folder, `shard-${String(shard).padStart(3, "0")}.parquet`), shard, size),
      );
    const total = (pick: (shard: Written) => number): number =>
      written.reduce((sum, shard) => sum + pick(shard), 0);
    const { stdout } = await promisify(execFile)(process.execPath, [
      fileURLToPath(import.meta.url),
      "report",
      folder,
    ]);
    const figures: RecordsFigures = {
      ...size,
      bytesPerRequest: total((shard) => shard.bytes) / size.requests,
      writeSeconds: total((shard) => shard.seconds),
      writeSecondsPer100k: (1e5 * total((shard) => shard.seconds)) / size.requests,
      report: JSON.parse(stdout) as ReportCost,
      loadAverage: loadavg()[0],
    };
    process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [, folder] = positionals;
if (folder === undefined) await main();
else report(folder);

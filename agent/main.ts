#!/usr/bin/env node
import { BrimlineError } from "@brimline/core/error";
import { plainUrl } from "@brimline/core/job/spec/url";
import { SAMPLE_SCHEMA } from "@brimline/core/record/telemetry/sample";
import { takeLock } from "@brimline/lock/lock";
import { randomBytes } from "node:crypto";
import { homedir, hostname } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Collector, findCollectors, loadFinders } from "./collector.ts";
import { enrol } from "./enrol.ts";
import { startProbes } from "./probes.ts";
import { type Rhythm, RHYTHMS } from "./rhythm.ts";
import { readOptions, usageText } from "./options.ts";
import { connectTo } from "./server.ts";
import { type About, SPOOL_LIMITS, openSpool, type Spool } from "./spool.ts";
import { startUploads, type UploadCounts } from "./upload.ts";

const FIRST_PROBE_MS = 3000;
const ONCE_MS = 3000;
const REPORT_MS = 60_000;
const FINISH_MS = 4500;
/** A terminal and each parent that passes a signal on send it within this time. */
const ONE_SIGNAL_MS = 250;

try {
  process.exitCode = await main();
} catch (error) {
  const usage = isUsage(error);
  const expected = usage || error instanceof BrimlineError;
  process.stderr.write(
    `${error instanceof Error ? (expected ? error.message : error.stack) : String(error)}\n`,
  );
  process.exitCode = usage ? 2 : 1;
}

async function main(): Promise<number> {
  const finders = await loadFinders();
  const { values, isHelp, isOnce } = readOptions(finders);
  if (isHelp) {
    process.stdout.write(usageText(finders));
    return 0;
  }
  const serverUrl = values["server"] ?? process.env["BRIMLINE_SERVER"];
  if (serverUrl === undefined || "problem" in plainUrl(serverUrl)) {
    process.stderr.write(
      `--server must be the URL of a brimline service without a user name or password, such as http://host:4870\n\n${usageText(finders)}`,
    );
    return 2;
  }
  const stop = stopSignal();
  const folder = resolve(
    values["spool"] ?? process.env["BRIMLINE_SPOOL"] ?? join(homedir(), ".local/state/brimline-agent"),
  );
  const lock = takeLock(folder, "agent", "Stop it, or give this one a folder of its own with --spool.");
  const server = connectTo(serverUrl);
  try {
    const collectors = await findCollectors(finders, values, warn);
    const keyName = values["key-env"] ?? "BRIMLINE_KEY";
    const sources = collectors.map(({ source, identities }) => ({ source, identities }));
    const about = { name: values["name"] ?? hostname(), host: hostname(), sources };
    const enrolment = await enrol({
      server,
      folder,
      about,
      key: process.env[keyName] ?? null,
      keyName,
      log: warn,
    });
    const boot = `${Date.now().toString(36)}${randomBytes(4).toString("hex")}`;
    const common: About = {
      schema: SAMPLE_SCHEMA,
      writer: enrolment.id,
      boot,
      host: hostname(),
      startedUnixMs: performance.timeOrigin,
    };
    const spool = openSpool(folder, common, SPOOL_LIMITS, warn);
    const probes = startProbes(server, enrolment.token, RHYTHMS.awaited.probeMs, (probe) =>
      spool.addProbe(probe),
    );
    await Promise.race([probes.first, sleep(FIRST_PROBE_MS, undefined, { ref: false })]);
    const onRhythm = ({ partMs, probeMs }: Rhythm): void => {
      spool.sealAfter(partMs);
      probes.every(probeMs);
    };
    const uploads = startUploads(server, enrolment, spool, { rhythms: RHYTHMS, onRhythm, log: warn });
    const what = collectors.map(({ description }) => description).join("; ");
    const running = startAll(collectors, spool, () =>
      log(`brimline agent ${enrolment.id} samples ${what}; sending to ${server.url}`),
    );
    const reports = setInterval(() => log(progressOf(uploads.counts, spool)), REPORT_MS);
    await (isOnce ? Promise.race([stop, sleep(ONCE_MS)]) : stop);
    clearInterval(reports);
    for (const collector of running) collector.stop();
    probes.stop();
    await uploads.finish(FINISH_MS);
    log(progressOf(uploads.counts, spool));
    return isOnce && (uploads.counts.segments === 0 || spool.sealed().length > 0) ? 1 : 0;
  } finally {
    await server.close();
    lock.release();
  }
}

/**
 * Starts all collectors. `onFirst` is called at the first sample of what the agent is there for, which whoever started
 * it waits for.
 */
function startAll(collectors: Collector[], spool: Spool, onFirst: () => void): { stop(): void }[] {
  let isFirst = true;
  return collectors.map((collector) => {
    const taking = spool.taking(collector);
    return collector.start(
      (row) => {
        taking.take(row);
        if (collector.isBeside === true) return;
        if (isFirst) onFirst();
        isFirst = false;
      },
      (sampled) => taking.change(sampled),
    );
  });
}

function isUsage(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}

/**
 * It resolves at the first SIGTERM or SIGINT, and when the process that started this one is gone. A second
 * signal ends the process at once, but not the same Ctrl-C that a parent passes on.
 */
function stopSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = (): void => {
    resolve();
    setTimeout(() => process.off("SIGTERM", stop).off("SIGINT", stop), ONE_SIGNAL_MS).unref();
  };
  process.on("SIGTERM", stop).on("SIGINT", stop).once("disconnect", stop);
  process.channel?.unref();
  // It is undefined when there never was a channel.
  if (process.connected === false) stop();
  return promise;
}

function progressOf(counts: UploadCounts, spool: Spool): string {
  const left = `${spool.sealed().length} waiting, ${spool.lostSamples()} samples lost, ${counts.refused} segments refused`;
  return `uploaded ${counts.segments} segments with ${counts.samples} samples (${Math.ceil(counts.bytes / 1024)} KiB); ${left}`;
}

function log(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Warnings go to standard error, for whoever looks for missing samples. */
function warn(line: string): void {
  process.stderr.write(`${line}\n`);
}

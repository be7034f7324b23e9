#!/usr/bin/env node
import { BrimlineError } from "@brimline/core/error";
import { SAMPLE_SCHEMA, type SegmentHeader } from "@brimline/core/record/sample";
import { takeLock } from "@brimline/lock/lock";
import { randomBytes } from "node:crypto";
import { homedir, hostname } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type SampleRow, SAMPLE_MS, startCollector } from "./collector.ts";
import { enrol } from "./enrol.ts";
import { startProbes } from "./probes.ts";
import { type Rhythm, RHYTHMS } from "./rhythm.ts";
import { findSensor, type Sensor } from "./sensor.ts";
import { connectTo } from "./server.ts";
import { SPOOL_LIMITS, openSpool, type Spool } from "./spool.ts";
import { startUploads, type UploadCounts } from "./upload.ts";

const USAGE = `Samples this host's GPUs ten times a second and sends the samples to a brimline service.

  node agent/main.ts --server http://host:4870

  --server <url>        the service (also BRIMLINE_SERVER)
  --key-env <NAME>      environment variable that holds the service's key (default BRIMLINE_KEY);
                        only the first start needs it, and no start on the service's own machine
  --spool <dir>         where samples wait and the identity is kept (also BRIMLINE_SPOOL;
                        default ~/.local/state/brimline-agent)
  --nvidia-smi <path>   default nvidia-smi
  --gpus <list>         only these GPUs, as nvidia-smi -i takes them: 0,1 or uuids (default all)
  --name <text>         how the service shows this agent (default the host's name)
  --once                sample for three seconds, upload and end: exit code 0 means that all is set up
`;
const FIRST_PROBE_MS = 3000;
const ONCE_MS = 3000;
const REPORT_MS = 60_000;
const FINISH_MS = 4500;

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
  const values = readArguments();
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  const serverUrl = values.server ?? process.env["BRIMLINE_SERVER"];
  if (serverUrl === undefined || !/^https?:\/\//.test(serverUrl) || !URL.canParse(serverUrl)) {
    process.stderr.write(
      `--server must be the URL of a brimline service, such as http://host:4870\n\n${USAGE}`,
    );
    return 2;
  }
  const stop = stopSignal();
  const folder = resolve(
    values.spool ?? process.env["BRIMLINE_SPOOL"] ?? join(homedir(), ".local/state/brimline-agent"),
  );
  const lock = takeLock(folder, "agent", "Stop it, or give this one a folder of its own with --spool.");
  const server = connectTo(serverUrl);
  try {
    const sensor = await findSensor({ nvidiaSmi: values["nvidia-smi"], only: values.gpus ?? null });
    const keyName = values["key-env"];
    const about = { name: values.name ?? hostname(), host: hostname(), gpus: sensor.gpus };
    const identity = await enrol({
      server,
      folder,
      about,
      key: process.env[keyName] ?? null,
      keyName,
      log: warn,
    });
    const columns = ["monotonicMs", "gpu", ...sensor.readings.map(({ column }) => column)];
    const boot = `${Date.now().toString(36)}${randomBytes(4).toString("hex")}`;
    const header: Omit<SegmentHeader, "probes"> = {
      schema: SAMPLE_SCHEMA,
      agent: identity.id,
      boot,
      host: hostname(),
      startedUnixMs: performance.timeOrigin,
      gpus: sensor.gpus,
      columns,
    };
    const spool = openSpool(folder, header, SPOOL_LIMITS, warn);
    const probes = startProbes(server, identity.token, RHYTHMS.awaited.probeMs, (probe) =>
      spool.addProbe(probe),
    );
    await Promise.race([probes.first, sleep(FIRST_PROBE_MS, undefined, { ref: false })]);
    const onRhythm = ({ partMs, probeMs }: Rhythm): void => {
      spool.sealAfter(partMs);
      probes.every(probeMs);
    };
    const uploads = startUploads(server, identity, spool, { rhythms: RHYTHMS, onRhythm, log: warn });
    let sampling = false;
    const onRow = (row: SampleRow): void => {
      spool.append(row);
      // Whoever started the agent waits for this line, which says that samples have begun.
      if (!sampling) log(`brimline agent ${identity.id} ${sentenceOf(sensor)}; sending to ${server.url}`);
      sampling = true;
    };
    const collector = startCollector(sensor, onRow, warn);
    const reports = setInterval(() => log(progressOf(uploads.counts, spool)), REPORT_MS);
    await (values.once === true ? Promise.race([stop, sleep(ONCE_MS)]) : stop);
    clearInterval(reports);
    collector.stop();
    probes.stop();
    await uploads.finish(FINISH_MS);
    log(progressOf(uploads.counts, spool));
    return values.once === true && (uploads.counts.segments === 0 || spool.sealed().length > 0) ? 1 : 0;
  } finally {
    await server.close();
    lock.release();
  }
}

function readArguments() {
  return parseArgs({
    options: {
      server: { type: "string" },
      "key-env": { type: "string", default: "BRIMLINE_KEY" },
      spool: { type: "string" },
      "nvidia-smi": { type: "string", default: "nvidia-smi" },
      gpus: { type: "string" },
      name: { type: "string" },
      once: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  }).values;
}

function isUsage(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}

/** It resolves at the first SIGTERM or SIGINT. A second signal ends the process at once. */
function stopSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  process.once("SIGTERM", () => resolve()).once("SIGINT", () => resolve());
  return promise;
}

function sentenceOf({ gpus, readings }: Sensor): string {
  const names = [...Map.groupBy(gpus, (gpu) => gpu.name)].map(([name, each]) =>
    each.length === 1 ? name : `${each.length} × ${name}`,
  );
  const power = readings.find(({ column }) => column === "powerW");
  const energy = readings.some(({ column }) => column === "energyJ")
    ? "energy by its counter"
    : "energy by the integral of power";
  return `samples ${names.join(", ")} (driver ${gpus[0]?.driver}) every ${SAMPLE_MS} ms: ${power === undefined ? "no power" : power.field}, ${energy}`;
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

#!/usr/bin/env node
import { writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createMeter, type LoadSums } from "./meter.ts";
import { PRESETS } from "./presets.ts";
import { FIELD_NAMES, headerLine, unknownField, valueLine } from "./smi-fields.ts";

/**
 * A stand-in for `nvidia-smi --query-gpu=… --format=csv[,noheader][,nounits] [-l s | -lms ms]` on a host with
 * one simulated card. It reads its load from the endpoint that BRIMLINE_SIM_URL names (with or without /v1).
 * Without one, or while it does not answer, the card is idle. It knows `-L` and `--help-query-gpu`, too. It
 * names an unknown field on stdout and exits with code 2, as the real program does.
 */
const POLL_MS = 100;
const POLL_TIMEOUT_MS = 1000;
/** How long a reading without `-l` looks at the load. */
const SAMPLE_MS = 200;
const TRAITS = PRESETS["a40-8b"].gpu;
const USAGE = `brimline's stand-in for nvidia-smi; it simulates one ${TRAITS.name}.

    nvidia-smi -L
    nvidia-smi --help-query-gpu
    nvidia-smi --query-gpu=<field>,… --format=csv[,noheader][,nounits] [-l <seconds> | -lms <milliseconds>]
`;

// A reader that has gone away ends the real program by a signal. Here it is an error of the stream.
process.stdout.on("error", () => process.exit(0));
process.once("SIGTERM", () => process.exit(143)).once("SIGINT", () => process.exit(130));

const values = readArguments();

if (values["list-gpus"] === true) finish(`GPU 0: ${TRAITS.name} (UUID: ${TRAITS.uuid})\n`);
if (values["help-query-gpu"] === true)
  finish(
    `List of valid properties to query for the switch "--query-gpu=":\n\n${FIELD_NAMES.map((name) => `"${name}"\n`).join("")}`,
  );
if (values["query-gpu"] === undefined) finish(USAGE, values.help === true ? 0 : 2);

const format = values.format.split(",");
if (!format.includes("csv")) finish('"--format=" switch is missing. Run with "-h" option for help.\n', 2);
if (values.id !== undefined && values.id !== "0" && values.id !== TRAITS.uuid)
  finish("No devices were found\n", 6);
const names = values["query-gpu"].split(",").map((name) => name.trim());
const unknown = unknownField(names);
if (unknown !== undefined) finish(`Field "${unknown}" is not a valid field to query.\n\n`, 2);

const units = !format.includes("nounits");
const loopMs = loopOf(values["loop-ms"], 1) ?? loopOf(values.loop, 1000);
const stateUrl = process.env["BRIMLINE_SIM_URL"]?.replace(/\/(v1\/?)?$/, "").concat("/sim/state");
const meter = createMeter(TRAITS);

if (!format.includes("noheader")) process.stdout.write(`${headerLine(names, units)}\n`);
await poll();
if (loopMs === null) {
  await sleep(SAMPLE_MS);
  await poll();
  meter.settle();
} else {
  setInterval(() => void poll(), POLL_MS);
  setInterval(printLine, Math.max(1, loopMs));
}
printLine();

function loopOf(text: string | undefined, unitMs: number): number | null {
  if (text === undefined) return null;
  const loop = Number(text) * unitMs;
  return loop >= 1 ? loop : finish("Invalid loop interval.\n", 1);
}

function printLine(): void {
  process.stdout.write(`${valueLine(names, units, TRAITS, meter.reading(), new Date())}\n`);
}

async function poll(): Promise<void> {
  const sums = stateUrl === undefined ? null : await readSums(stateUrl);
  meter.observe(performance.now(), sums);
}

async function readSums(url: string): Promise<LoadSums | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(POLL_TIMEOUT_MS) });
    return response.ok ? ((await response.json()) as LoadSums) : null;
  } catch {
    return null;
  }
}

function finish(text: string, code = 0): never {
  // process.exit drops what a pipe has not taken yet, but not what was written to its file descriptor
  // directly.
  writeSync(1, text);
  process.exit(code);
}

function readArguments() {
  try {
    return parseArgs({
      // The real program's `-lms` is no option as POSIX knows them.
      args: process.argv.slice(2).map((argument) => (argument === "-lms" ? "--loop-ms" : argument)),
      options: {
        "query-gpu": { type: "string" },
        format: { type: "string", default: "" },
        loop: { type: "string", short: "l" },
        "loop-ms": { type: "string" },
        id: { type: "string", short: "i" },
        "list-gpus": { type: "boolean", short: "L" },
        "help-query-gpu": { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    return finish(
      `Invalid combination of input arguments. Please run 'nvidia-smi -h' for help. (${String(error)})\n`,
      1,
    );
  }
}

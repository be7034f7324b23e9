import { BrimlineError } from "@brimline/core/error";
import type { GpuColumn } from "@brimline/core/record/telemetry/gpu-columns";
import type { SampledGpu } from "@brimline/core/record/telemetry/gpu-sample";
import { execFile } from "node:child_process";
import { numberOf, csvValues } from "./csv.ts";

/** How the GPUs of this host are read: the fields that its nvidia-smi offers, and what they mean. */
export interface Sensor {
  program: string;
  /** The arguments that come before all others. */
  prefix: string[];
  /** `powerMeanMs` is 0 if the GPU's power is an instant reading, else it is the mean of so long before it. */
  gpus: (SampledGpu & { powerMeanMs: number })[];
  /** The readings in the order of the query, after the GPU's index. */
  readings: Reading[];
}

interface Reading {
  column: GpuColumn;
  field: string;
  /** A value times this factor has the unit of the column. */
  factor: number;
}

/** The fields that are tried for each column, the best first. */
const READINGS: Record<Exclude<GpuColumn, "powerMeanMs">, string[]> = {
  // `power.draw` is the mean of the last second on most GPUs, `power.draw.instant` (driver 530 and newer) is
  // not.
  powerW: ["power.draw.instant", "power.draw"],
  // No nvidia-smi known today offers NVML's energy counter. If one does, it is used.
  energyJ: ["total_energy_consumption"],
  utilPercent: ["utilization.gpu"],
  memoryMiB: ["memory.used"],
  smMHz: ["clocks.sm"],
  memMHz: ["clocks.mem"],
  tempC: ["temperature.gpu"],
  // Driver 535 renamed this field.
  throttle: ["clocks_event_reasons.active", "clocks_throttle_reasons.active"],
};
const COLUMNS = Object.keys(READINGS) as (keyof typeof READINGS)[];
const FACTS: Record<string, string[]> = {
  index: ["index"],
  uuid: ["uuid"],
  name: ["name"],
  driver: ["driver_version"],
  limitW: ["enforced.power.limit", "power.limit"],
  computeCap: ["compute_cap"],
};
const ENERGY_UNITS: Record<string, number> = { mJ: 0.001, J: 1, kJ: 1000 };
const START_TIMEOUT_MS = 30_000;

type Row = Map<string, string>;

/**
 * Asks nvidia-smi for one reading and drops fields that it does not know until it answers. `only` names GPUs
 * as its `-i` does. It throws BrimlineError when there is no nvidia-smi, no driver or no GPU.
 */
export async function findSensor(options: { nvidiaSmi: string; only: string | null }): Promise<Sensor> {
  // This Node runs a script itself, so that the script need not be executable.
  const isScript = /\.[mc]?[jt]s$/.test(options.nvidiaSmi);
  const program = isScript ? process.execPath : options.nvidiaSmi;
  const prefix = [
    ...(isScript ? [options.nvidiaSmi] : []),
    ...(options.only === null ? [] : ["-i", options.only]),
  ];
  const candidates = new Map(
    Object.entries({ ...FACTS, ...READINGS }).map(([key, fields]) => [key, [...fields]]),
  );
  for (;;) {
    const chosen = [...candidates].flatMap(([key, fields]) =>
      fields[0] === undefined ? [] : [{ key, field: fields[0] }],
    );
    const output = await query(
      program,
      prefix,
      chosen.map(({ field }) => field),
    );
    const refused = /Field "([^"]+)" is not a valid field/i.exec(output)?.[1];
    if (refused !== undefined && chosen.some(({ field }) => field === refused)) {
      drop(candidates, refused);
      continue;
    }
    const rows = output.split("\n").flatMap((line) => rowOf(line, chosen));
    if (rows.length === 0) throw noGpu(output);
    const better = chosen.find(
      ({ key, field }) =>
        (candidates.get(key)?.length ?? 0) > 1 && rows.every((row) => isAbsent(row.get(field))),
    );
    if (better === undefined) return sensorOf(program, prefix, chosen, rows);
    drop(candidates, better.field);
  }
}

function drop(candidates: Map<string, string[]>, field: string): void {
  for (const [key, fields] of candidates)
    candidates.set(
      key,
      fields.filter((each) => each !== field),
    );
}

function rowOf(line: string, chosen: { key: string; field: string }[]): Row[] {
  const values = csvValues(line);
  const row: Row = new Map(chosen.map(({ field }, place) => [field, values[place] ?? ""]));
  return values.length === chosen.length && numberOf(row.get("index")) !== null ? [row] : [];
}

const isAbsent = (value: string | undefined): boolean =>
  value === undefined || numberOf(value.split(" ")[0]) === null;

function sensorOf(
  program: string,
  prefix: string[],
  chosen: { key: string; field: string }[],
  rows: Row[],
): Sensor {
  const fieldOf = new Map(chosen.map(({ key, field }) => [key, field]));
  const fact = (row: Row, key: string): string => row.get(fieldOf.get(key) ?? "") ?? "";
  const readings = COLUMNS.flatMap((column): Reading[] => {
    const field = fieldOf.get(column);
    if (field === undefined) return [];
    if (column !== "energyJ") return [{ column, field, factor: 1 }];
    const factor = ENERGY_UNITS[rows[0]?.get(field)?.split(" ")[1] ?? ""];
    return factor === undefined ? [] : [{ column, field, factor }];
  });
  const meansAreTrailing = fieldOf.get("powerW") === "power.draw";
  const gpus = rows.map((row) => ({
    index: numberOf(fact(row, "index")) ?? 0,
    uuid: fact(row, "uuid"),
    name: fact(row, "name"),
    driver: fact(row, "driver"),
    limitW: numberOf(fact(row, "limitW").split(" ")[0]),
    powerMeanMs: meansAreTrailing && trailsOneSecond(fact(row, "computeCap")) ? 1000 : 0,
  }));
  return { program, prefix, gpus, readings };
}

/**
 * Whether `power.draw` is a mean over 1 s. By nvidia-smi's own help it is on Ampere and newer, except on the
 * first Ampere chip (8.0), and it is instant on older GPUs.
 */
function trailsOneSecond(computeCap: string): boolean {
  const version = numberOf(computeCap);
  return version === null || version > 8;
}

/**
 * What nvidia-smi prints for one query, with units. This includes its complaints, so a failed query is not an
 * error here.
 */
function query(program: string, prefix: string[], fields: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const args = [...prefix, `--query-gpu=${fields.join(",")}`, "--format=csv,noheader"];
    execFile(program, args, { timeout: START_TIMEOUT_MS }, (error, stdout, stderr) => {
      if (error !== null && ["ENOENT", "EACCES"].includes(String(error.code))) reject(noProgram(program));
      else if (error?.killed === true)
        reject(
          new BrimlineError(
            "unreachable",
            `${program} did not answer in 30 s: the GPU or its driver hangs. Run it in a shell.`,
          ),
        );
      else resolve(`${stdout}\n${stderr}`);
    });
  });
}

const noProgram = (program: string): BrimlineError =>
  new BrimlineError(
    "not_found",
    `There is no ${program} here. The agent runs on the GPU host. Install NVIDIA's driver there (in a container: docker run --gpus all), or name the program with --nvidia-smi PATH.`,
  );

function noGpu(output: string): BrimlineError {
  const said = output.split("\n").find((line) => line.trim() !== "");
  return new BrimlineError(
    "not_found",
    `nvidia-smi shows no GPU${said === undefined ? "" : `: "${said.trim().slice(0, 200)}"`}. Run nvidia-smi in a shell until it lists one. For a container, pass the GPUs on with docker run --gpus all.`,
  );
}

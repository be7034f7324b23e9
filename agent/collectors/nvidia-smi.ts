import { spawn } from "node:child_process";
import { GPU_COLUMNS, type GpuColumn } from "@brimline/core/record/telemetry/gpu-columns";
import type { Column } from "@brimline/core/record/telemetry/sample";
import type { Collector, CollectorFinder, SampleRow } from "../collector.ts";
import { numberOf, csvValues } from "../nvidia-smi/csv.ts";
import { findSensor, type Sensor } from "../nvidia-smi/sensor.ts";

const SAMPLE_MS = 100;
const RESTART_MS = { first: 1000, most: 30_000 };
/** An nvidia-smi that ran this long is healthy, and the next start after it is not delayed further. */
const HEALTHY_MS = 10_000;
/** An nvidia-smi that prints nothing for this long hangs and is killed. */
const SILENT_MS = 15_000;
const LINE_MAX = 64 * 1024;

export const finder: CollectorFinder = {
  options: { "nvidia-smi": { type: "string", default: "nvidia-smi" }, gpus: { type: "string" } },
  usage: `  --nvidia-smi <path>   default nvidia-smi
  --gpus <list>         only these GPUs, as nvidia-smi -i takes them: 0,1 or uuids (default all)`,
  find: async (values, log) =>
    collectorOf(
      await findSensor({ nvidiaSmi: values["nvidia-smi"] ?? "nvidia-smi", only: values["gpus"] ?? null }),
      log,
    ),
};

export const collectorOf = (sensor: Sensor, log: (line: string) => void): Collector => ({
  source: "gpu",
  identities: sensor.gpus.map(({ index, uuid, name, driver, limitW }) => ({
    index,
    id: uuid,
    name,
    facts: { driver, limitW },
  })),
  columns: [...sensor.readings.map(({ column }) => column), ...meanColumns(sensor)].map(columnOf),
  description: descriptionOf(sensor),
  start: (onRow) => keepRunning(sensor, onRow, log),
});

const columnOf = (name: GpuColumn): Column => ({ name, unit: GPU_COLUMNS[name].unit });

/** The column that tells instant power from a mean is there only where it is a mean. */
const meanColumns = ({ gpus }: Sensor): GpuColumn[] =>
  gpus.some(({ powerMeanMs }) => powerMeanMs > 0) ? ["powerMeanMs"] : [];

function descriptionOf({ gpus, readings }: Sensor): string {
  const names = [...Map.groupBy(gpus, (gpu) => gpu.name)].map(([name, each]) =>
    each.length === 1 ? name : `${each.length} × ${name}`,
  );
  const power = readings.find(({ column }) => column === "powerW");
  const energy = readings.some(({ column }) => column === "energyJ")
    ? "energy by its counter"
    : "energy by the integral of power";
  return `${names.join(", ")} (driver ${gpus[0]?.driver}) every ${SAMPLE_MS} ms: ${power === undefined ? "no power" : power.field}, ${energy}`;
}

/**
 * The sample in a line of nvidia-smi. It is null when the line is no sample, such as a warning between the
 * lines.
 */
export function rowOf(line: string, atMs: number, sensor: Sensor): SampleRow | null {
  const [index, ...values] = csvValues(line);
  const gpu = sensor.gpus.find((each) => each.index === numberOf(index));
  if (gpu === undefined || values.length !== sensor.readings.length) return null;
  const read = sensor.readings.map(({ factor }, place) => {
    const value = numberOf(values[place]);
    return value === null ? null : value * factor;
  });
  return [atMs, gpu.index, ...read, ...meanColumns(sensor).map(() => gpu.powerMeanMs)];
}

/**
 * Keeps one `nvidia-smi … -lms 100` running and passes on each of its lines with the time at which it
 * arrived. When nvidia-smi ends it is started again, with growing delays while it keeps failing. It ends with
 * this process.
 */
function keepRunning(
  sensor: Sensor,
  onRow: (row: SampleRow) => void,
  log: (line: string) => void,
): { stop(): void } {
  const args = [
    ...sensor.prefix,
    `--query-gpu=${["index", ...sensor.readings.map(({ field }) => field)].join(",")}`,
    "--format=csv,noheader,nounits",
    "-lms",
    String(SAMPLE_MS),
  ];
  let stopped = false;
  let delayMs = RESTART_MS.first;
  let restart: NodeJS.Timeout | undefined;
  let kill = (): void => {};

  /**
   * Lines of one GPU that are read together would have the same time. Samples are told apart by their time,
   * so each later one gets a microsecond more.
   */
  const latestMs = new Map<number | null, number>();
  const distinct = ([atMs, gpu = null, ...readings]: SampleRow): SampleRow => {
    const distinctMs = Math.max(atMs ?? 0, Math.round(1000 * (latestMs.get(gpu) ?? -1) + 1) / 1000);
    latestMs.set(gpu, distinctMs);
    return [distinctMs, gpu, ...readings];
  };

  const start = (): void => {
    const startedMs = performance.now();
    const child = spawn(sensor.program, args, { stdio: ["ignore", "pipe", "pipe"] });
    let rest = "";
    let complaint = "";
    let ended = false;
    const silence = setTimeout(() => child.kill("SIGKILL"), SILENT_MS);
    kill = () => void child.kill("SIGTERM");
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const atMs = Math.round(performance.now() * 1000) / 1000;
      silence.refresh();
      const lines = (rest + text).split("\n");
      rest = (lines.pop() ?? "").slice(0, LINE_MAX);
      for (const line of lines) {
        const row = rowOf(line, atMs, sensor);
        if (row !== null) onRow(distinct(row));
        else if (line.trim() !== "") complaint = line.trim();
      }
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint = text.trim() || complaint));
    const onEnd = (how: string): void => {
      clearTimeout(silence);
      if (stopped || ended) return;
      ended = true;
      if (performance.now() - startedMs > HEALTHY_MS) delayMs = RESTART_MS.first;
      log(
        `nvidia-smi ended (${how}${complaint === "" ? "" : `: ${complaint.slice(0, 200)}`}); starting it again in ${delayMs / 1000} s`,
      );
      restart = setTimeout(start, delayMs);
      delayMs = Math.min(delayMs * 2, RESTART_MS.most);
    };
    child.on("error", (error) => onEnd(error.message));
    child.on("close", (code, signal) => onEnd(signal ?? `code ${code}`));
  };

  const stop = (): void => {
    stopped = true;
    clearTimeout(restart);
    kill();
  };
  process.on("exit", stop);
  start();
  return { stop };
}

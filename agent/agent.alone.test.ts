import { gpuTelemetry } from "@brimline/core/record/telemetry/gpu-sample";
import { parseSegment } from "@brimline/core/record/telemetry/segment";
import { telemetryOf } from "@brimline/core/record/telemetry/telemetry";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test as base } from "vitest";
import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { type Fate, type StandInApi, startApi } from "./stand-in/api.ts";
import { A40, NVIDIA_SMI } from "./stand-in/fields.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

interface RunningAgent {
  child: ChildProcess;
  output(): string;
  ended: Promise<number | null>;
  says(text: string): Promise<void>;
}

/** Each test has a folder, a stand-in service and agents of its own, so that tests run side by side. */
interface Rig {
  folder: string;
  api: StandInApi;
  startAgent(args?: string[], env?: Record<string, string>): RunningAgent;
}

const test = base.extend<{ rig: Rig }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest reads the names that a fixture needs from this pattern
  rig: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), "agent-"));
    const api = await startApi();
    const children: ChildProcess[] = [];
    const startAgent = (args: string[] = [], env: Record<string, string> = {}): RunningAgent => {
      const all = ["--server", api.url, "--spool", folder, "--nvidia-smi", NVIDIA_SMI, ...args];
      const child = spawn(process.execPath, [MAIN, ...all], {
        env: {
          ...process.env,
          SMI_FIELDS: JSON.stringify(A40),
          SMI_COUNTER: join(folder, "counter"),
          ...env,
        },
        stdio: ["ignore", "pipe", "pipe"],
      });
      children.push(child);
      return watch(child);
    };
    await use({ folder, api, startAgent });
    for (const child of children) child.kill("SIGKILL");
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  },
});

function watch(child: ChildProcess): RunningAgent {
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  return {
    child,
    output: () => text,
    ended: once(child, "exit").then(([code]) => code as number | null),
    says: (wanted) =>
      until(
        () => text.includes(wanted),
        () => `the agent never said "${wanted}", but:\n${text}`,
      ),
  };
}

async function until(
  isSo: () => boolean,
  otherwise = () => "it did not become so in a minute",
): Promise<void> {
  const untilMs = performance.now() + 60_000;
  while (!isSo()) {
    if (performance.now() > untilMs) throw new Error(otherwise());
    await sleep(20);
  }
}

const segmentsOf = (api: StandInApi) => [...api.stored.values()].map(parseSegment);
const stop = async (agent: RunningAgent): Promise<number | null> => {
  agent.child.kill("SIGTERM");
  return agent.ended;
};

describe.concurrent("the agent", () => {
  test("uploads samples on the service's clock, and at SIGTERM sends the rest, ends nvidia-smi and ends with 0", async ({
    rig,
  }) => {
    const { api, folder } = rig;
    const agent = rig.startAgent();
    await agent.says(
      "NVIDIA A40 (driver 550.54.15) every 100 ms: power.draw.instant, energy by the integral of power",
    );
    await sleep(700);
    const stoppedMs = performance.now();
    expect(await stop(agent)).toBe(0);
    expect(performance.now() - stoppedMs).toBeLessThan(5000);
    const telemetry = telemetryOf(segmentsOf(api));
    const { gpus, samples, clockErrorMs } = gpuTelemetry(telemetry);
    expect(gpus).toMatchObject([{ index: 0, uuid: "GPU-5f1c", name: "NVIDIA A40", limitW: 300 }]);
    expect(samples.length).toBeGreaterThan(1);
    expect(samples[0]).toMatchObject({
      powerW: 271.44,
      energyJ: null,
      utilPercent: 97,
      smMHz: 1740,
      memMHz: 7251,
      tempC: 64,
      throttle: 4,
    });
    const { host } = telemetry.series;
    expect(host?.identities).toMatchObject([{ facts: { cores: cpus().length } }]);
    expect(host?.samples[0]?.values["cpuPercent"]).toBeGreaterThan(0);
    expect(telemetry.rejected).toEqual({});
    expect(clockErrorMs).toBeLessThan(50);
    expect(Math.abs((samples.at(-1)?.unixMs ?? 0) - Date.now())).toBeLessThan(5000);
    expect(readdirSync(folder).filter((name) => name.endsWith(".gz") || name.endsWith(".part"))).toEqual([]);
    // Uploads do not share the connection of the probes.
    expect(api.requests.filter((request) => request.path === "/v1/time")).toHaveLength(8);
    expect(api.connections.probes.size).toBe(1);
    expect(api.connections.all).toBeGreaterThan(1);
    expect(segmentsOf(api)[0]?.header?.probes).toHaveLength(1);
    const counted = readFileSync(join(folder, "counter"), "utf8");
    await sleep(400);
    expect(readFileSync(join(folder, "counter"), "utf8")).toBe(counted);
  });

  test("seals at once on a flush, and uploads within one poll", async ({ rig }) => {
    const { api } = rig;
    const agent = rig.startAgent();
    await agent.says("; sending to ");
    await sleep(300);
    expect(api.stored.size).toBe(0);
    api.flush = true;
    await until(() => api.stored.size > 0);
    expect(await stop(agent)).toBe(0);
  });

  test("enrols once, and keeps its enrolment in a file that only its owner can read", async ({ rig }) => {
    const { api, folder } = rig;
    const first = rig.startAgent();
    await first.says("; sending to ");
    expect(await stop(first)).toBe(0);
    const second = rig.startAgent();
    await second.says("; sending to ");
    expect(await stop(second)).toBe(0);
    expect(api.tokens.size).toBe(1);
    expect(statSync(join(folder, "agent.json")).mode & 0o777).toBe(0o600);
    expect(new Set(segmentsOf(api).map((segment) => segment.header?.writer)).size).toBe(1);
    expect(first.output() + second.output()).not.toContain("token-of");
  });

  test("enrols anew with a service that lost its data", async ({ rig }) => {
    const { api } = rig;
    expect(await rig.startAgent(["--once"]).ended).toBe(0);
    api.tokens.clear();
    const agent = rig.startAgent();
    await agent.says("does not know agent");
    await agent.says("; sending to ");
    expect(await stop(agent)).toBe(0);
  });

  test("asks for the key by the name of its variable, and uses it only to enrol", async ({ rig }) => {
    const { api } = rig;
    api.key = "bl_secret";
    const without = rig.startAgent();
    expect(await without.ended).toBe(1);
    expect(without.output()).toContain("environment variable BRIMLINE_KEY");
    const agent = rig.startAgent(["--key-env", "MY_KEY"], { MY_KEY: "bl_secret" });
    await agent.says("; sending to ");
    expect(await stop(agent)).toBe(0);
    expect(
      api.requests
        .filter((request) => request.authorization === "Bearer bl_secret")
        .map((request) => request.path),
    ).toEqual(["/v1/agents"]);
  });

  test("uploads every written sample once, when it is killed twice and requests fail in every way", async ({
    rig,
  }) => {
    const { api, folder } = rig;
    api.flush = true;
    const faults: Fate[] = [
      "unavailable",
      "answer",
      "reset",
      "answer",
      "answer_lost",
      "answer",
      "unavailable",
      "answer_lost",
      "reset",
      "answer",
      "answer_lost",
    ];
    for (let life = 0; life < 2; life++) {
      api.fates = [...faults];
      const agent = rig.startAgent();
      await agent.says("; sending to ");
      await sleep(2300);
      agent.child.kill("SIGKILL");
      await agent.ended;
    }
    api.fates = [];
    const last = rig.startAgent();
    await last.says("; sending to ");
    await sleep(500);
    expect(await stop(last)).toBe(0);

    // These are the samples of all stored segments, without any joining. Each line of the stand-in has the
    // next number.
    const rows = segmentsOf(api).flatMap(({ header, readings }) => {
      if (header?.source !== "gpu") return [];
      const memory = header?.columns.findIndex(({ name }) => name === "memoryMiB") ?? -1;
      return readings.map(({ monotonicMs, values }) => ({
        boot: header?.boot ?? "",
        monotonicMs,
        memoryMiB: values[memory] ?? 0,
      }));
    });
    const numbers = rows.map((row) => row.memoryMiB);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(new Set(rows.map((row) => `${row.boot} ${row.monotonicMs}`)).size).toBe(rows.length);
    const boots = Map.groupBy(rows, (row) => row.boot);
    expect(boots.size).toBe(3);
    for (const each of boots.values()) {
      const counted = each.map((row) => row.memoryMiB).toSorted((a, b) => a - b);
      expect(counted).toEqual(counted.map((_, place) => (counted[0] ?? 0) + place));
    }
    expect(telemetryOf(segmentsOf(api)).rejected).toEqual({});
    expect(readdirSync(folder).filter((name) => name.endsWith(".gz") || name.endsWith(".part"))).toEqual([]);
  }, 120_000);

  test("keeps its samples when the service is down at its stop, and uploads them after the next start", async ({
    rig,
  }) => {
    const { api } = rig;
    const first = rig.startAgent();
    await first.says("; sending to ");
    await sleep(300);
    api.fates = Array.from({ length: 200 }, () => "reset" as const);
    expect(await stop(first)).toBe(0);
    expect(api.stored.size).toBe(0);
    expect(first.output()).toMatch(/ [12] waiting/);
    api.fates = [];
    const second = rig.startAgent();
    await until(() => api.stored.size > 0);
    expect(await stop(second)).toBe(0);
  });

  test("starts an nvidia-smi that died again, and says so", async ({ rig }) => {
    const { api } = rig;
    const agent = rig.startAgent([], { SMI_ENDS_AFTER: "3" });
    await agent.says("nvidia-smi ended (code 9: GPU is lost); starting it again in 1 s");
    await agent.says("starting it again in 2 s");
    expect(await stop(agent)).toBe(0);
    expect(telemetryOf(segmentsOf(api)).series.gpu?.samples.length).toBe(6);
  });

  test("reads the server's own metrics beside the GPU, and without one", async ({ rig }) => {
    const { api } = rig;
    const endpoint = await startEndpoint({ preset: PRESETS.quick });
    const metrics = ["--metrics", new URL("/metrics", endpoint.url).href];
    const agent = rig.startAgent(metrics);
    await agent.says("vLLM's own metrics every 1 s; sending to ");
    await sleep(1300);
    expect(await stop(agent)).toBe(0);
    const { series } = telemetryOf(segmentsOf(api));
    expect(series.gpu?.samples.length).toBeGreaterThan(0);
    expect(series.server?.identities).toMatchObject([{ index: 0, name: "vLLM" }]);
    expect(series.server?.samples.length).toBeGreaterThanOrEqual(2);
    expect(series.server?.samples[0]?.values).toMatchObject({ running: 0, kvPercent: 0, ttftLeUs1000: 0 });
    const alone = rig.startAgent([...metrics, "--nvidia-smi", "nvidia-smi"], { PATH: "/nowhere" });
    await alone.says("There is no nvidia-smi here");
    await alone.says("; vLLM's own metrics every 1 s; sending to ");
    expect(await stop(alone)).toBe(0);
    await endpoint.close();
  });

  describe("says at its start why it cannot work", () => {
    test.for([
      ["without a GPU", [], { SMI_SAYS: "No devices were found" }, 1, "docker run --gpus all"],
      [
        "with metrics at no address",
        ["--metrics", "127.0.0.1:8000/metrics"],
        {},
        1,
        "--metrics must be a full URL",
      ],
      ["without a server", ["--server", "nonsense"], {}, 2, "--server must be the URL"],
      [
        "with a server that is not there",
        ["--server", "http://127.0.0.1:9"],
        {},
        1,
        "Is `brimline serve` running there",
      ],
      ["with an option that does not exist", ["--sever", "x"], {}, 2, "Unknown option '--sever'"],
    ] as [string, string[], Record<string, string>, number, string][])(
      "%s",
      async ([, args, env, code, text], { rig }) => {
        const agent = rig.startAgent(args, env);
        expect(await agent.ended).toBe(code);
        expect(agent.output()).toContain(text);
      },
    );

    test("with a folder that another agent uses", async ({ rig }) => {
      const { folder } = rig;
      const first = rig.startAgent();
      await first.says("; sending to ");
      const second = rig.startAgent();
      expect(await second.ended).toBe(1);
      expect(second.output()).toContain(
        `another agent (process ${first.child.pid}) already uses the folder ${folder}`,
      );
      expect(await stop(first)).toBe(0);
    });

    test("and lists every option with --help", async ({ rig }) => {
      const agent = rig.startAgent(["--help"]);
      expect(await agent.ended).toBe(0);
      for (const option of [
        "--server",
        "--key-env",
        "--spool",
        "--nvidia-smi",
        "--gpus",
        "--metrics",
        "--name",
        "--once",
      ])
        expect(agent.output()).toContain(option);
    });
  });
});

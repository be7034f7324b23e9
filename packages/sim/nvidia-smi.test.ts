import { execFile, spawn, type ChildProcess } from "node:child_process";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEndpoint, type Endpoint } from "./endpoint.ts";
import { PRESETS } from "./presets.ts";

const SMI = join(import.meta.dirname, "nvidia-smi.ts");
const preset = PRESETS.quick;
/** The limit for what takes a second or two where nothing else runs. */
const WAIT = { timeout: 30_000 };
/** The first line of the program asks for `node`, so the PATH leads to the one that runs this test. */
const environment = (simUrl?: string): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`,
  ...(simUrl !== undefined && { BRIMLINE_SIM_URL: simUrl }),
});

const smi = (args: string[], simUrl?: string): Promise<{ code: number; stdout: string }> =>
  new Promise((resolve) => {
    execFile(SMI, args, { env: environment(simUrl) }, (error, stdout) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout }),
    );
  });

let endpoint: Endpoint;
beforeAll(async () => {
  endpoint = await startEndpoint({ preset });
});
afterAll(() => endpoint.close());

describe("the stand-in for nvidia-smi", () => {
  test("one line of bare values, in the order asked for", async () => {
    const fields =
      "index,name,uuid,driver_version,power.draw,power.limit,utilization.gpu,memory.used,clocks.sm,temperature.gpu,clocks_event_reasons.active";
    const { code, stdout } = await smi([`--query-gpu=${fields}`, "--format=csv,noheader,nounits"]);
    expect(code).toBe(0);
    expect(stdout).toBe(
      `0, NVIDIA A40, ${preset.gpu.uuid}, sim, 75.00, 300.00, 0, 41498, 210, 36, 0x0000000000000001\n`,
    );
  });

  test("header and units are there unless they are switched off", async () => {
    const { stdout } = await smi(["--query-gpu=name,power.limit,utilization.gpu,fan.speed", "--format=csv"]);
    expect(stdout).toBe(
      "name, power.limit [W], utilization.gpu [%], fan.speed [%]\nNVIDIA A40, 300.00 W, 0 %, [N/A]\n",
    );
  });

  test.each([
    [
      "a field it does not know",
      ["--query-gpu=name,power.drawn", "--format=csv"],
      2,
      'Field "power.drawn" is not a valid field to query.\n\n',
    ],
    [
      "the energy counter, which only NVML has",
      ["--query-gpu=total_energy_consumption", "--format=csv"],
      2,
      /Field "total_energy_consumption"/,
    ],
    ["no format", ["--query-gpu=name"], 2, /--format/],
    ["another GPU", ["--query-gpu=name", "--format=csv", "-i", "3"], 6, "No devices were found\n"],
    ["an option that does not exist", ["--nonsense"], 1, /Invalid combination of input arguments/],
  ])("it refuses %s", async (_, args, code, text) => {
    const answer = await smi(args);
    expect(answer.code).toBe(code);
    expect(answer.stdout).toMatch(
      text instanceof RegExp ? text : new RegExp(`^${text.replaceAll(".", "\\.")}$`),
    );
  });

  test("-L lists the card, --help-query-gpu the fields", async () => {
    expect((await smi(["-L"])).stdout).toBe(`GPU 0: NVIDIA A40 (UUID: ${preset.gpu.uuid})\n`);
    expect((await smi(["--help-query-gpu"])).stdout).toContain('"power.draw.instant"\n');
  });

  test("its power follows the endpoint's load, and returns to idle when the endpoint is gone", async () => {
    const watched = await startEndpoint({ preset });
    const { child, lines } = loop(watched.url);
    await expect.poll(() => lines.at(-1), WAIT).toMatch(/^75\.00, 75\.00, 0$/);
    const stop = new AbortController();
    const load = Promise.allSettled(Array.from({ length: 8 }, () => longAnswer(watched, stop.signal)));
    await expect.poll(() => instantOf(lines), WAIT).toBeGreaterThan(230);
    expect(averageOf(lines)).toBeLessThan(instantOf(lines));
    await expect.poll(() => averageOf(lines), WAIT).toBeGreaterThan(230);
    expect(lines.at(-1)).toMatch(/, (9\d|100)$/);
    stop.abort();
    await load;
    await watched.close();
    await expect.poll(() => lines.at(-1), WAIT).toMatch(/^75\.\d\d, 75\.\d\d, 0$/);
    expect(await ended(child, () => child.kill("SIGTERM"))).toBe(143);
  });

  test("with -lms 100 it prints about ten lines a second", async () => {
    const { child, lines } = loop(endpoint.url);
    await expect.poll(() => lines.length, WAIT).toBeGreaterThan(0);
    const before = lines.length;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(lines.length - before).toBeGreaterThanOrEqual(7);
    expect(lines.length - before).toBeLessThanOrEqual(11);
    await ended(child, () => child.kill());
  });

  test("it ends when nobody reads it any more", async () => {
    const { child } = loop(endpoint.url);
    expect(await ended(child, () => child.stdout?.destroy())).toBe(0);
  });
});

function loop(simUrl: string): { child: ChildProcess; lines: string[] } {
  const fields = "power.draw,power.draw.instant,utilization.gpu";
  const child = spawn(SMI, [`--query-gpu=${fields}`, "--format=csv,noheader,nounits", "-lms", "100"], {
    env: environment(simUrl),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  return { child, lines };
}

const averageOf = (lines: string[]): number => Number(lines.at(-1)?.split(", ")[0]);
const instantOf = (lines: string[]): number => Number(lines.at(-1)?.split(", ")[1]);

function ended(child: ChildProcess, end: () => unknown): Promise<number | null> {
  const exit = new Promise<number | null>((resolve) => child.once("exit", resolve));
  end();
  return exit;
}

async function longAnswer(of: Endpoint, signal: AbortSignal): Promise<string> {
  const body = JSON.stringify({
    model: preset.model,
    messages: [{ role: "user", content: "hi" }],
    max_tokens: 2000,
    ignore_eos: true,
    stream: true,
  });
  return (await fetch(`${of.url}/chat/completions`, { method: "POST", body, signal })).text();
}

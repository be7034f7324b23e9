import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";

/** GitHub's own steps need GitHub. Those that are ours run as a runner runs them. */

interface Step {
  id?: string;
  run?: string;
  uses?: string;
  env?: Record<string, string>;
}
const action: {
  inputs: Record<string, { default?: string; required?: boolean }>;
  outputs: Record<string, { value: string }>;
  runs: { steps: Step[] };
} = parse(await readFile(join(import.meta.dirname, "action.yml"), "utf8"));

const SHORT =
  "--levels 2 --duration 2 --ramp 0 --warmup 0 --input-tokens 8 --output-tokens 8 --no-agent --no-metrics";
let endpoint: Awaited<ReturnType<typeof startEndpoint>>;
let folder = "";

beforeAll(async () => {
  endpoint = await startEndpoint({ preset: PRESETS.quick });
  folder = await mkdtemp(join(tmpdir(), "brimline-action-"));
});
afterAll(async () => {
  await endpoint.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the step that has this id, with the inputs of a workflow. */
async function run(name: string, inputs: Record<string, string>) {
  const step = action.runs.steps.find(({ id }) => id === "bench");
  const given = (text: string): string =>
    text.replaceAll(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_, input: string) => {
      const { [input]: declared } = action.inputs;
      if (declared === undefined) throw new Error(`${input} is no input`);
      return inputs[input] ?? declared.default ?? "";
    });
  const [output, summary] = ["output", "summary"].map((file) => join(folder, `${name}-${file}`)) as [
    string,
    string,
  ];
  await Promise.all([output, summary].map((file) => writeFile(file, "")));
  const child = spawn("bash", ["-e", "-o", "pipefail", "-c", step?.run ?? ""], {
    cwd: folder,
    env: {
      ...process.env,
      ...Object.fromEntries(Object.entries(step?.env ?? {}).map(([key, text]) => [key, given(text)])),
      GITHUB_ACTION_PATH: import.meta.dirname,
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => said.push(String(text)));
  const [code] = (await once(child, "close")) as [number];
  const outputs = Object.fromEntries(
    (await readFile(output, "utf8"))
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/=(.*)/s)),
  ) as Record<string, string>;
  return { code, said: said.join(""), outputs, summary: await readFile(summary, "utf8") };
}

test(
  "an endpoint that meets its objective passes, and the step has its report",
  { timeout: 120_000 },
  async () => {
    const ran = await run("good", {
      endpoint: endpoint.url,
      slo: "ttft=5000,percentile=50",
      args: SHORT,
      "api-key": "sk-of-a-secret",
      tag: "main",
    });
    expect(ran.said).toContain("met TTFT p50 ≤ 5,000 ms");
    expect([ran.code, ran.outputs["status"]]).toEqual([0, "met"]);
    expect((await stat(join(folder, ran.outputs["page"] ?? "", "index.html"))).isFile()).toBe(true);
    expect(ran.summary).toContain("| 2 users |");
    expect(ran.said + ran.summary + JSON.stringify(ran.outputs)).not.toContain("sk-of-a-secret");
  },
);

test("one that does not answer fails, and the summary says why", { timeout: 120_000 }, async () => {
  const ran = await run("bad", {
    endpoint: "http://127.0.0.1:1024/v1",
    model: "none; echo injected",
    args: SHORT,
  });
  expect([ran.code, ran.outputs["status"]]).toEqual([1, "failed"]);
  expect(ran.summary).toContain("Nothing answers at 127.0.0.1:1024");
  expect(ran.said).not.toMatch(/^injected/m);
});

test("each output is one that the step tells, and each input reaches it", () => {
  const step = action.runs.steps.find(({ id }) => id === "bench");
  expect(Object.values(action.outputs).map(({ value }) => value)).toEqual(
    ["job", "status", "page", "comparison"].map((name) => `\${{ steps.bench.outputs.${name} }}`),
  );
  expect(Object.values(step?.env ?? {})).toEqual(
    expect.arrayContaining(Object.keys(action.inputs).map((name) => `\${{ inputs.${name} }}`)),
  );
});

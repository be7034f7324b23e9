import { JobSpec, RESERVED_BODY_FIELDS } from "@brimline/core/job/spec";
import { startLocalService, type LocalService } from "@brimline/functions/local";
import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** The examples of the README, run as they stand but for the addresses and the length of a level. */
const root = import.meta.dirname;
const readme = readFileSync(join(root, "README.md"), "utf8");
const examples = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");
const exampleWith = (text: string): string => {
  const found = examples.find((example) => example.includes(text));
  if (found === undefined) throw new Error(`no example has ${text}`);
  return found;
};
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};
const run = promisify(execFile);

let endpoint: Awaited<ReturnType<typeof startEndpoint>>;
let service: LocalService;
let data: string;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "brimline-docs-"));
  endpoint = await startEndpoint({ preset: PRESETS.quick });
  service = await startLocalService({ dataDir: data, port: 0, certify: false });
});
afterAll(async () => {
  await service.close();
  await endpoint.close();
  await rm(data, { recursive: true, force: true });
});

const here = (example: string): string =>
  example
    .replaceAll("http://127.0.0.1:8000/v1", endpoint.url)
    .replaceAll("http://127.0.0.1:4870", service.url)
    .replaceAll("my-model", "sim-quick");
const shell = (command: string): Promise<{ stdout: string; stderr: string }> =>
  run("sh", ["-c", command], {
    cwd: root,
    timeout: 180_000,
    env: {
      ...process.env,
      PATH: `${join(root, "node_modules/.bin")}:${process.env["PATH"] ?? ""}`,
      BRIMLINE_DATA: data,
    },
  });

describe("the two command lines", () => {
  test("are the first example, and each starts from a clean clone", () =>
    expect(examples[0]?.trim().split("\n")).toEqual(["npm ci && npm run demo", "npm ci && npm test"]));
  test("name scripts that exist", () =>
    expect([scripts["demo"], scripts["test"], scripts["start"]]).toEqual([
      "brimline demo",
      expect.any(String),
      "brimline serve",
    ]));
  test("the demo runs the whole road", { timeout: 120_000 }, async () => {
    const { stdout } = await run(
      process.execPath,
      [
        join(root, "packages/cli/bin/brimline.mjs"),
        "demo",
        "--levels",
        "2",
        "--duration",
        "3",
        "--port",
        "0",
        "--data",
        join(data, "demo"),
        "--exit",
      ],
      { cwd: root },
    );
    expect(stdout).toMatch(
      /SIMULATED[\s\S]+GPU +NVIDIA A40, dense peak 149.7 TFLOPS[\s\S]+LEVELS[\s\S]+PUBLISHED/,
    );
  });
});

test("the job by CLI", { timeout: 180_000 }, async () => {
  const { stdout } = await shell(`${here(exampleWith("npx brimline bench")).trim()} --duration 1 --ramp 0`);
  expect(stdout).toContain("32 users");
});

test("the job by curl", { timeout: 180_000 }, async () => {
  const { stdout } = await shell(`${here(exampleWith("curl -X POST")).trim()} -sS`);
  const job = JSON.parse(stdout) as { state: string; links: { cancel: string } };
  expect(job.state).toBe("queued");
  await fetch(new URL(job.links.cancel, service.url), { method: "POST" });
});

test("the agent's command reaches the service, or says what it needs", async () => {
  const said = await shell(here(exampleWith("npx brimline agent")).trim()).catch(
    (error: unknown) => error as { stdout: string; stderr: string },
  );
  expect(said.stdout + said.stderr).toMatch(/nvidia-smi/);
});

describe("what the README says of a job", () => {
  const known = new Set(Object.keys(JobSpec.shape));
  const rows = [...readme.matchAll(/^\| (`[a-z][^|]*`) \|/gim)].flatMap((match) =>
    [...(match[1] ?? "").matchAll(/`([a-zA-Z.]+)`/g)].map((name) => name[1] ?? ""),
  );
  test("every field in its table exists, and every field is in it", () => {
    const named = new Set(rows.map((name) => name.split(".")[0] ?? "").filter((name) => known.has(name)));
    const elsewhere = new Set(["name", "tags", "baseline", "seed"]);
    expect([...known].filter((name) => !named.has(name) && !elsewhere.has(name))).toEqual([]);
  });
  test("the body it shows has only reserved names, in that order", () => {
    const shown = /```json\n(\{\n {2}"model"[\s\S]*?)```/.exec(readme)?.[1] ?? "";
    expect(
      Object.keys(JSON.parse(shown) as object).every((name) =>
        (RESERVED_BODY_FIELDS as readonly string[]).includes(name),
      ),
    ).toBe(true);
  });
});

test("links inside the repository lead somewhere", () => {
  const files = [
    "README.md",
    "CONTRIBUTING.md",
    "agent/README.md",
    "packages/bench/engines/README.md",
  ].filter((file) => existsSync(join(root, file)));
  const broken = files.flatMap((file) =>
    [...readFileSync(join(root, file), "utf8").matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)]
      .map((match) => join(root, file, "..", match[1] ?? ""))
      .filter((path) => !existsSync(path)),
  );
  expect(broken).toEqual([]);
});

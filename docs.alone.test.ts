import { chat } from "@brimline/core/dialect/chat";
import { JobSpec } from "@brimline/core/job/spec/spec";
import { startLocalService, type LocalService } from "@brimline/functions/local";
import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { shardOf } from "@brimline/testkit/load/level";
import { quick, scriptedEndpoint } from "@brimline/testkit/load/scripted";
import { execFile } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** The examples of the README and of docs/, run as they stand but for the addresses and the length of a level. */
const root = import.meta.dirname;
const docs = ["README.md", ...globSync("docs/*.md", { cwd: root }).toSorted()]
  .map((file) => readFileSync(join(root, file), "utf8"))
  .join("\n");
const examples = [...docs.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");
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

/** npx finds the same program that stands on the PATH here, which takes it longer than most commands. */
const here = (example: string): string =>
  example
    .replaceAll(/\bnpx (?=brimline )/g, "")
    .replaceAll("http://127.0.0.1:8000/v1", endpoint.url)
    .replaceAll("http://127.0.0.1:4870", service.url)
    .replaceAll("my-model", "sim-quick");
const PATH = `${join(root, "node_modules/.bin")}:${process.env["PATH"] ?? ""}`;
const shell = (command: string, env: NodeJS.ProcessEnv = {}): Promise<{ stdout: string; stderr: string }> =>
  run("sh", ["-c", command], {
    cwd: root,
    timeout: 180_000,
    env: { ...process.env, PATH, BRIMLINE_DATA: data, BRIMLINE_SPOOL: join(data, "spool"), ...env },
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
});

// These two mostly wait, so they run side by side.
test.concurrent("the demo runs the whole road", { timeout: 120_000 }, async () => {
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
test.concurrent("the job by CLI", { timeout: 180_000 }, async () => {
  const { stdout } = await shell(
    `${here(exampleWith("npx brimline bench")).trim()} --search 1 --ramp 0 --visibility private`,
  );
  expect(stdout).toContain("1 user");
});

test("the job by curl", { timeout: 180_000 }, async () => {
  const { stdout } = await shell(`${here(exampleWith("curl -X POST")).trim()} -sS`);
  const job = JSON.parse(stdout) as { state: string; links: { cancel: string } };
  expect(job.state).toMatch(/^(?:queued|preflight)$/);
  await fetch(new URL(job.links.cancel, service.url), { method: "POST" });
});

describe("the agent's command", () => {
  const command = (): string => `${here(exampleWith("npx brimline agent")).trim()} --once`;

  test("on a GPU's host enrols, uploads, and prints the id for the job", async () => {
    const bin = join(data, "gpu-host");
    await mkdir(bin);
    await symlink(fileURLToPath(import.meta.resolve("@brimline/sim/nvidia-smi")), join(bin, "nvidia-smi"));
    const { stdout } = await shell(command(), {
      PATH: `${bin}:${PATH}`,
      BRIMLINE_SIM_URL: endpoint.url.replace(/\/v1$/, ""),
    });
    const id = /^brimline agent ([a-z0-9]{20}) samples NVIDIA A40/m.exec(stdout)?.[1];
    expect(await (await fetch(new URL(`/v1/agents/${id}`, service.url))).json()).toMatchObject({ id });
  });

  test("elsewhere says what it needs, and fails", async () => {
    // All that is found is a shell and Node.
    const bin = join(data, "no-gpu");
    await mkdir(bin);
    await symlink(process.execPath, join(bin, "node"));
    await symlink(join(root, "node_modules/.bin/brimline"), join(bin, "brimline"));
    await symlink("/bin/sh", join(bin, "sh"));
    await expect(shell(command(), { PATH: bin })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("nvidia-smi"),
    });
  });
});

test("the commands for a job that has ended", { timeout: 120_000 }, async () => {
  const job = (await (
    await fetch(new URL("/v1/jobs", service.url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ endpoint: { url: "http://127.0.0.1:39998/v1", model: "m" }, name: "Before" }),
    })
  ).json()) as { id: string; links: { self: string } };
  const state = async (): Promise<number | string> => {
    const answer = await fetch(job.links.self);
    return answer.ok ? ((await answer.json()) as { state: string }).state : answer.status;
  };
  await expect.poll(state, { timeout: 60_000, interval: 200 }).toBe("rejected");
  const example = `export BRIMLINE_SERVER=${service.url} JOB=${job.id}; ${here(exampleWith("npx brimline delete"))}`;
  const { stdout, stderr } = await shell(example);
  expect(stdout).toBe(`${job.id}: A40, vLLM 0.19; tags nightly; private\n${job.id}: deleted\n`);
  // The job that runs again is rejected as the first was.
  expect(stderr).toMatch(/^job [a-z0-9]{20}\n[\s\S]*rejected: /);
  expect(await state()).toBe(410);
});

test("the commands for schedules", { timeout: 60_000 }, async () => {
  const folder = join(data, "schedules");
  await mkdir(folder);
  const job = { endpoint: { url: endpoint.url, model: "sim-quick" }, baseline: "last:nightly" };
  await writeFile(join(folder, "nightly.json"), JSON.stringify(job));
  const example = here(exampleWith("schedules --add")).replaceAll(
    "nightly.json",
    join(folder, "nightly.json"),
  );
  const { stdout } = await shell(`export BRIMLINE_SERVER=${service.url}; ${example}`);
  const [id = "", ...others] = stdout.match(/[a-z0-9]{20}/g) ?? [];
  expect([others, stdout]).toEqual([
    [id],
    expect.stringMatching(/due +30 2 \* \* \* Europe\/Berlin\n +next +20\d\d-/),
  ]);
  expect((await fetch(new URL(`/v1/schedules/${id}`, service.url), { method: "DELETE" })).status).toBe(204);
});

describe("what docs/jobs.md says of a job", () => {
  const known = new Set(Object.keys(JobSpec.shape));
  const rows = [...docs.matchAll(/^\| (`[a-z][^|]*`) \|/gim)].flatMap((match) =>
    [...(match[1] ?? "").matchAll(/`([a-zA-Z.]+)`/g)].map((name) => name[1] ?? ""),
  );
  test("every field in its table exists, and every field is in it", () => {
    const named = new Set(rows.map((name) => name.split(".")[0] ?? "").filter((name) => known.has(name)));
    expect([...known].filter((name) => !named.has(name))).toEqual([]);
  });
  test("the body it shows is what is sent, in that order, and all its names are reserved", async () => {
    const shown = Object.keys(
      JSON.parse(/```json\n(\{\n {2}"model"[\s\S]*?)```/.exec(docs)?.[1] ?? "") as object,
    );
    const scripted = await scriptedEndpoint(quick);
    await shardOf(scripted.url, { users: 1, requests: 1, without: ["ignore_eos"] });
    await scripted.close();
    expect(scripted.seen.map(({ body }) => Object.keys(body))).toEqual([shown]);
    expect(shown.filter((name) => !chat.reservedFields.includes(name))).toEqual([]);
  });
});

/** How GitHub names a heading in a link. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
const anchorsIn = (file: string): Set<string> =>
  new Set(
    [
      ...readFileSync(file, "utf8")
        .replaceAll(/```[\s\S]*?```/g, "")
        .matchAll(/^#+ (.*)$/gm),
    ].map((match) => anchorOf(match[1] ?? "")),
  );

test("links inside the repository lead to a file, and to a heading that it has", () => {
  const files = globSync("**/*.md", {
    cwd: root,
    exclude: (path) => /node_modules|^data$/.test(path),
  });
  expect(files.length).toBeGreaterThan(5);
  const broken = files.flatMap((file) =>
    [...readFileSync(join(root, file), "utf8").matchAll(/\]\(([^)#:]*)(?:#([^)]*))?\)/g)]
      .map(([, path = "", anchor]) => ({
        target: path === "" ? join(root, file) : join(root, file, "..", path),
        anchor,
      }))
      .filter(
        ({ target, anchor }) =>
          !existsSync(target) || (anchor !== undefined && !anchorsIn(target).has(anchor)),
      )
      .map(({ target, anchor }) => `${file}: ${target}#${anchor ?? ""}`),
  );
  expect(broken).toEqual([]);
});

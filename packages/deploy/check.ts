import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { deploymentParts, startDeployment } from "./lambda/deployment.ts";
import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { WHY_NO_KERNEL } from "@brimline/load/transport/load-transport";
import type { Evaluation, Install } from "./evaluate.ts";
import { FACTS } from "./facts.ts";
import { forArchitecture, installAsSst, installFaults, OWN_ARCHITECTURE } from "./installed.ts";
import { routeFaults } from "./routes.ts";
import { BUNDLES, coldLevel } from "./shards.ts";

/**
 * `npm run check:aws` checks everything about a deployment that can be known without an AWS account: the
 * types of `sst.config.ts`, its evaluation with every handler really bundled, and facts about permissions,
 * times and headers. It exits with 1 when one does not hold.
 */

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const bin = join(root, "node_modules/.bin");
const offline = {
  SST_SKIP_DEPENDENCY_CHECK: "true",
  SST_NO_BUN: "true",
  SST_STAGE: "ci",
  SST_TELEMETRY_DISABLED: "1",
  DO_NOT_TRACK: "1",
};
const env = { ...process.env, ...offline, PATH: `${bin}:${process.env["PATH"] ?? ""}` };
const broken: string[] = [];

const say = (isRight: boolean, what: string, why: string[] = []): void => {
  console.log(`${isRight ? "ok  " : "FAIL"}  ${what}${why.map((line) => `\n        ${line}`).join("")}`);
  if (!isRight) broken.push(what);
};

/** Runs a program. If it fails, the error holds what it printed. */
async function attempt(
  what: string,
  program: string,
  args: string[],
  more: Record<string, string> = {},
): Promise<boolean> {
  try {
    await run(program, args, { cwd: root, env: { ...env, ...more }, maxBuffer: 64 * 1024 * 1024 });
    say(true, what);
    return true;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    say(false, what, `${stdout}\n${stderr}`.split("\n").filter(Boolean).slice(0, 20));
    return false;
  }
}

/** Gives an empty folder outside of the repository, so that nothing in it is found, and removes it afterwards. */
async function inFolder<T>(act: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "brimline-aws-"));
  try {
    return await act(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const evaluated = (what: string, more: Record<string, string> = {}): Promise<Evaluation | null> =>
  inFolder(async (folder) => {
    const file = join(folder, "evaluation.json");
    const program = join(import.meta.dirname, "evaluate.ts");
    const isDone = await attempt(what, process.execPath, [program, file], more);
    return isDone ? (JSON.parse(await readFile(file, "utf8")) as Evaluation) : null;
  });

/** Installs what travels beside bundles, for the machines that they will run on. */
async function installs(evaluation: Evaluation): Promise<void> {
  for (const [handler, install] of Object.entries(evaluation.installs))
    await inFolder(async (folder) => {
      await installAsSst(folder, install);
      const faults = await installFaults(folder, install);
      const what = `beside ${handler} are binaries for Linux on ${install.architecture}, of the packages that we have locked, and no script is run for them`;
      say(faults.length === 0, what, faults);
    });
}

/**
 * Runs the bundled shard in AWS's runtime against a simulated endpoint, with what is installed beside it, for this
 * machine. It shows that what the shard starts and loads besides itself travels too.
 */
async function bundledShard(install: Install | undefined): Promise<void> {
  const parts = await deploymentParts();
  if (parts === null) {
    console.log("skip  the bundled shard runs (aws-lambda-ric or VersityGW cannot be had)");
    return;
  }
  const [on, endpoint] = await Promise.all([
    startDeployment(parts),
    startEndpoint({ preset: PRESETS.quick }),
  ]);
  try {
    const seen = await inFolder(async (folder) => {
      const bundle = join(folder, "functions/aws");
      for (const file of ["shard.mjs", "certificate-server.mjs"])
        await cp(join(BUNDLES, file), join(bundle, file));
      if (install !== undefined) await installAsSst(folder, forArchitecture(install, OWN_ARCHITECTURE));
      return coldLevel(on, endpoint.url, "a".repeat(20), { shards: 1, bundle: join(bundle, "shard.mjs") });
    });
    const clock = WHY_NO_KERNEL === null ? "kernel" : "process";
    const [summary] = seen.map((shard) => shard.summary);
    // A shard that is too slow has started its endpoint all the same.
    const isMeasured = summary?.certificate !== null || /longer than/.test(summary.uncertified ?? "");
    const where = summary?.certificate === null ? ` (not here: ${summary.uncertified})` : "";
    say(
      (summary?.requests.ok ?? 0) > 0 && isMeasured,
      `the bundled shard runs in AWS's runtime, and measures its own error${where}`,
    );
    say(
      summary?.arrivals.clock === clock,
      `its chunks have the same clock as outside: ${clock}${WHY_NO_KERNEL === null ? "" : ` (${WHY_NO_KERNEL})`}`,
    );
  } finally {
    await Promise.all([on.stop(), endpoint.close()]);
  }
}

if (!existsSync(join(root, ".sst/platform/config.d.ts")))
  await attempt("the SST platform is there", join(bin, "sst"), ["install"]);
await mkdir(join(root, ".sst/check"), { recursive: true });
await attempt("sst.config.ts fits its types", join(bin, "tsc"), ["-p", "tsconfig.sst.json"]);

const evaluation = await evaluated(
  "sst.config.ts is evaluated, and every handler bundles and exports what it must",
);
if (evaluation !== null) {
  for (const { says, broken: faults } of FACTS) {
    const why = faults(evaluation);
    say(why.length === 0, says, why);
  }
  const kilobytes = Object.entries(evaluation.bundles).map(
    ([handler, bytes]) => `${handler.slice("functions/aws/".length)} ${Math.round(bytes / 1024)}`,
  );
  console.log(`\n${evaluation.resources.length} resources; bundles, kB: ${kilobytes.toSorted().join(", ")}`);
}
if (evaluation !== null) {
  await installs(evaluation);
  await bundledShard(evaluation.installs["functions/aws/shard.handler"]);
}

const atRoutes = await routeFaults();
if (atRoutes === null) console.log("skip  the API's examples on the deployment (VersityGW cannot be had)");
else
  say(
    atRoutes.length === 0,
    "the example of every operation is answered, a schedule that is due runs, and no function asks of an object what it may not",
    atRoutes,
  );

const inVpc = await evaluated("with subnets given, it is evaluated too", {
  BRIMLINE_SUBNETS: "subnet-1,subnet-2",
  BRIMLINE_SECURITY_GROUPS: "sg-1",
});
if (inVpc !== null) {
  const inside = inVpc.resources
    .filter(
      ({ type, inputs }) => type === "aws:lambda/function:Function" && inputs["vpcConfig"] !== undefined,
    )
    .map(({ name }) => name);
  say(
    inside.toSorted().join() === "PreflightFunction,ShardFunction",
    "then the two functions that call the endpoint run in them, and no other",
    inside,
  );
}
console.log(
  broken.length === 0
    ? "\nall holds; what only a deploy proves is listed in docs/aws.md"
    : `\n${broken.length} do not hold`,
);
process.exitCode = broken.length === 0 ? 0 : 1;

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { deploymentParts, startDeployment } from "./lambda/deployment.ts";
import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import type { Evaluation } from "./evaluate.ts";
import { FACTS } from "./facts.ts";
import { coldLevel } from "./shards.ts";

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

async function evaluated(what: string, more: Record<string, string> = {}): Promise<Evaluation | null> {
  const folder = await mkdtemp(join(tmpdir(), "brimline-aws-"));
  try {
    const file = join(folder, "evaluation.json");
    const isDone = await attempt(
      what,
      process.execPath,
      [join(import.meta.dirname, "evaluate.ts"), file],
      more,
    );
    return isDone ? (JSON.parse(await readFile(file, "utf8")) as Evaluation) : null;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Runs the bundled shard in AWS's runtime against a simulated endpoint. It shows that what the shard starts
 * besides itself was bundled too.
 */
async function bundledShard(): Promise<void> {
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
    const [seen] = await coldLevel(on, endpoint.url, "a".repeat(20), { shards: 1 });
    const { requests, certificate, uncertified } = seen?.summary ?? {
      requests: { ok: 0 },
      certificate: null,
      uncertified: "it left nothing",
    };
    // A shard that is too slow has started its endpoint all the same.
    const isMeasured = certificate !== null || /longer than/.test(uncertified ?? "");
    const what = `the bundled shard runs in AWS's runtime, and measures its own error${certificate === null ? ` (not here: ${uncertified})` : ""}`;
    say(requests.ok > 0 && isMeasured, what);
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
if (evaluation !== null) await bundledShard();

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

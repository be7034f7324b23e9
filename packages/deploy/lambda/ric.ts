import { execFile } from "node:child_process";
import { access, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/**
 * AWS's own runtime for Node (aws-lambda-ric), for tests. It is no dependency, because its install script
 * builds C++ where npm lets it. Instead it is fetched once, without its scripts, into the user's cache. This
 * file fetches it when it is run as a program, too.
 */
const VERSION = "4.0.2";
const CACHE = join(
  process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"),
  "brimline",
  `aws-lambda-ric-${VERSION}`,
);
const ENTRY = "node_modules/aws-lambda-ric/index.mjs";
const INSTALL_MS = 90_000;
const run = promisify(execFile);

/** The runtime's entry file. It is null where the runtime cannot be had. */
export async function lambdaRuntime(): Promise<string | null> {
  const entry = join(CACHE, ENTRY);
  if (await isThere(entry)) return entry;
  try {
    await install();
    return entry;
  } catch {
    return null;
  }
}

async function install(): Promise<void> {
  await mkdir(join(CACHE, ".."), { recursive: true });
  const aside = await mkdtemp(`${CACHE}-`);
  try {
    await writeFile(join(aside, "package.json"), '{"private":true}');
    await run(
      "npm",
      [
        "install",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--fetch-retries=0",
        `aws-lambda-ric@${VERSION}`,
      ],
      {
        cwd: aside,
        timeout: INSTALL_MS,
      },
    );
    // Another process was quicker and made the same folder.
    await rename(aside, CACHE).catch(async (error: unknown) => {
      if (!(await isThere(join(CACHE, ENTRY)))) throw error;
    });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

if (import.meta.main) console.log((await lambdaRuntime()) ?? "aws-lambda-ric could not be fetched");

import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { access, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/**
 * VersityGW is a real S3 server that keeps conditional writes. The tests use it. Go builds it once, where Go
 * is installed. This file builds it too when it is run as a program.
 */

const MODULE = "github.com/versity/versitygw/cmd/versitygw@v1.8.0";
const NAME = "versitygw";
const CACHE = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "brimline", "versitygw-1.8.0");
/** A build takes two minutes on two idle cores, downloads included. */
const BUILD_MS = 300_000;
const BUILD_IN_TEST_MS = 180_000;
const READY_MS = 10_000;
const run = promisify(execFile);

export interface S3Server {
  endpoint: string;
  /** The SDK finds them in the environment. */
  credentials: { AWS_ACCESS_KEY_ID: string; AWS_SECRET_ACCESS_KEY: string };
  /** Makes a new bucket, one for each test. */
  newBucket(): Promise<string>;
  stop(): Promise<void>;
}

/**
 * The path of the program, which is on the PATH, was built before, or is built now. It is null where it
 * cannot be had.
 */
export async function versityGw(): Promise<string | null> {
  const found = await findVersityGw();
  if (found !== null) return found;
  try {
    return await buildVersityGw(BUILD_IN_TEST_MS);
  } catch {
    return null;
  }
}

async function findVersityGw(): Promise<string | null> {
  for (const folder of [...(process.env["PATH"] ?? "").split(delimiter), CACHE]) {
    const path = join(folder, NAME);
    if (await isThere(path)) return path;
  }
  return null;
}

/**
 * Builds it into the user's cache, at the lowest priority. It throws where there is no Go, no network or not
 * enough time.
 */
async function buildVersityGw(withinMs: number): Promise<string> {
  await mkdir(CACHE, { recursive: true });
  // It is built in another folder, so that a build that is killed leaves nothing that looks whole.
  const aside = await mkdtemp(join(CACHE, "build-"));
  try {
    await run("nice", ["-n", "19", "go", "install", MODULE], {
      env: { ...process.env, GOBIN: aside, GOFLAGS: "-buildvcs=false" },
      timeout: withinMs,
    });
    const path = join(CACHE, NAME);
    await rename(join(aside, NAME), path);
    return path;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/** Starts a server with an empty store on a free loopback port. */
export async function startVersityGw(program: string): Promise<S3Server> {
  const folder = await mkdtemp(join(tmpdir(), "brimline-s3-"));
  const objects = join(folder, "objects");
  await mkdir(objects);
  const credentials = {
    AWS_ACCESS_KEY_ID: randomBytes(8).toString("hex"),
    AWS_SECRET_ACCESS_KEY: randomBytes(16).toString("hex"),
  };
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const args = [
    "--port",
    `127.0.0.1:${port}`,
    "--health",
    "/health",
    "--keep-alive",
    "--quiet",
    "posix",
    objects,
  ];
  const env = {
    ROOT_ACCESS_KEY_ID: credentials.AWS_ACCESS_KEY_ID,
    ROOT_SECRET_ACCESS_KEY: credentials.AWS_SECRET_ACCESS_KEY,
  };
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let told = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (told = (told + text).slice(-2000)));
  const killWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", killWithUs);
  const stop = async (): Promise<void> => {
    process.off("exit", killWithUs);
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    }
    await rm(folder, { recursive: true, force: true });
  };
  for (
    const giveUpMs = performance.now() + READY_MS;
    !(await answers(`${endpoint}/health`));
    await sleep(20)
  ) {
    if (child.exitCode === null && performance.now() < giveUpMs) continue;
    await stop();
    throw new Error(`${program} did not start: ${told}`);
  }
  const client = new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: {
      accessKeyId: credentials.AWS_ACCESS_KEY_ID,
      secretAccessKey: credentials.AWS_SECRET_ACCESS_KEY,
    },
  });
  return {
    endpoint,
    credentials,
    async newBucket() {
      const Bucket = `b-${randomBytes(6).toString("hex")}`;
      await client.send(new CreateBucketCommand({ Bucket }));
      return Bucket;
    },
    async stop() {
      client.destroy();
      await stop();
    },
  };
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    (response) => response.ok,
    () => false,
  );

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

if (import.meta.main) console.log((await findVersityGw()) ?? (await buildVersityGw(BUILD_MS)));

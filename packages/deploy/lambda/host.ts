import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/**
 * One function as Lambda would run it: AWS's own runtime in a process of its own, which a stand-in for
 * Lambda's Runtime API feeds.
 */
export interface LambdaHost {
  /**
   * The handler's answer, joined from the pieces in which it was sent. It rejects with what the runtime says
   * went wrong.
   */
  invoke(event: unknown, onPiece?: (piece: Buffer) => void): Promise<Buffer>;
  stop(): Promise<void>;
  readonly pid: number;
}

const HANDLERS = dirname(fileURLToPath(import.meta.resolve("@brimline/functions/aws")));
const PRELOAD = fileURLToPath(new URL("preload.ts", import.meta.url));
const TIMEOUT_MS = 60_000;
const KEEP_ALIVE_MS = 3_600_000;
const LOG_CHARACTERS = 4000;
/** What the runtime must know of the function that it runs. */
const FUNCTION = {
  AWS_REGION: "us-east-1",
  AWS_LAMBDA_FUNCTION_NAME: "test",
  AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "1769",
  AWS_LAMBDA_LOG_GROUP_NAME: "test",
  AWS_LAMBDA_LOG_STREAM_NAME: "test",
  _HANDLER: "entry.handler",
};
/** Makes the handler's module believe that it runs elsewhere. The runtime itself needs the name later. */
const OUTSIDE_LAMBDA = `const name = process.env.AWS_LAMBDA_FUNCTION_NAME;
delete process.env.AWS_LAMBDA_FUNCTION_NAME;
export const { handler } = await import(MODULE);
process.env.AWS_LAMBDA_FUNCTION_NAME = name;`;
const IN_LAMBDA = "export { handler } from MODULE;";

interface Invocation {
  id: string;
  event: unknown;
  onPiece: (piece: Buffer) => void;
  resolve: (answer: Buffer) => void;
  reject: (error: Error) => void;
}

/**
 * `module` is the name of a handler's file in `functions/aws`, or the path of a module. It answers once the
 * function is ready, and rejects with the function's error when it does not start. With `isOutside` the guard
 * takes the function for a program on one's own machine, so that an endpoint on loopback can be allowed.
 */
export async function startLambda(
  runtime: string,
  module: string,
  env: Record<string, string>,
  isOutside = false,
): Promise<LambdaHost> {
  const folder = await mkdtemp(join(tmpdir(), "brimline-lambda-"));
  const source = pathToFileURL(isAbsolute(module) ? module : join(HANDLERS, "aws", `${module}.ts`)).href;
  await writeFile(
    join(folder, "entry.mjs"),
    (isOutside ? OUTSIDE_LAMBDA : IN_LAMBDA).replace("MODULE", JSON.stringify(source)),
  );
  // The built site travels beside a function, where there is one.
  await symlink(join(HANDLERS, "../site"), join(folder, "site"));
  const waiting: Invocation[] = [];
  const running = new Map<string, Invocation>();
  const ready = Promise.withResolvers<void>();
  let give: ((invocation: Invocation) => void) | null = null;

  const next = (response: ServerResponse): void => {
    ready.resolve();
    give = (invocation) => {
      give = null;
      running.set(invocation.id, invocation);
      response.writeHead(200, {
        "content-type": "application/json",
        "lambda-runtime-aws-request-id": invocation.id,
        "lambda-runtime-deadline-ms": String(Date.now() + TIMEOUT_MS),
        "lambda-runtime-invoked-function-arn": "arn:aws:lambda:eu-central-1:123456789012:function:test",
      });
      response.end(JSON.stringify(invocation.event));
    };
    const first = waiting.shift();
    if (first !== undefined) give(first);
  };
  const answered = async (request: IncomingMessage): Promise<void> => {
    const [, id = "", outcome] = /invocation\/([^/]+)\/(response|error)$/.exec(request.url ?? "") ?? [];
    const invocation = running.get(id);
    const pieces: Buffer[] = [];
    for await (const piece of request as AsyncIterable<Buffer>) {
      pieces.push(piece);
      invocation?.onPiece(piece);
    }
    const body = Buffer.concat(pieces);
    if (request.url?.endsWith("/init/error") === true) ready.reject(new Error(body.toString("utf8")));
    running.delete(id);
    if (outcome === "error") invocation?.reject(new Error(body.toString("utf8")));
    else invocation?.resolve(body);
  };
  // A connection that is closed as idle just when the runtime uses it again would end the runtime.
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    if (request.url?.endsWith("/invocation/next") === true) return next(response);
    // A runtime that breaks off in an answer is gone, and `close` below reports that.
    answered(request).then(
      () => response.writeHead(202).end("{}"),
      () => response.destroy(),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  const { NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [runtime, "entry.handler"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: folder,
      NODE_OPTIONS: `--import ${PRELOAD}`,
      ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }),
      AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1: "true",
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${portOf(server)}`,
      LAMBDA_TASK_ROOT: folder,
      ...FUNCTION,
      ...env,
    },
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (log = (log + text).slice(-LOG_CHARACTERS)));
  const gone = once(child, "exit");
  const stop = (): Promise<void> => end(child, gone, server, folder);
  let ended: Error | null = null;
  child.once("close", (code) => {
    ended = new Error(`the function ended (${code ?? "killed"}): ${log}`);
    ready.reject(ended);
    for (const invocation of [...running.values(), ...waiting]) invocation.reject(ended);
  });
  try {
    await ready.promise;
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    stop,
    pid: child.pid ?? 0,
    invoke: (event, onPiece = () => {}) =>
      new Promise((resolve, reject) => {
        const invocation = { id: randomUUID(), event, onPiece, resolve, reject };
        if (ended !== null) reject(ended);
        else if (give === null) waiting.push(invocation);
        else give(invocation);
      }),
  };
}

async function end(
  child: ChildProcess,
  gone: Promise<unknown>,
  server: Server,
  folder: string,
): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGKILL");
    await gone;
  }
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
}

const portOf = (server: Server): number => {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
};

import { spawn } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ENGINES } from "./venv.ts";

export interface EngineCommand {
  name: string;
  model: string;
  command: string;
  argsFor: (port: number) => string[];
  env?: Record<string, string>;
}

/** An engine that cannot start ends by itself. On a full machine one takes minutes. */
const READY_WITHIN_MS = 900_000;
const STOP_WITHIN_MS = 15_000;

/**
 * Runs an inference engine on a free loopback port. It prints one line with the engine's URL, model and log
 * once the engine answers. It stops the engine on SIGTERM or SIGINT, or when the process that forked it is
 * gone. When the engine ends by itself, the end of its log goes to stderr and the exit code is 1.
 */
export async function serveEngine({ name, model, command, argsFor, env = {} }: EngineCommand): Promise<void> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/v1`;
  const logFile = join(ENGINES, `${name}.log`);
  const log = openSync(logFile, "w");
  const engine = spawn(command, argsFor(port), {
    env: { ...process.env, ...env },
    stdio: ["ignore", log, log],
  });

  let stopping = false;
  const stop = (): void => {
    stopping = true;
    engine.kill("SIGTERM");
    setTimeout(() => engine.kill("SIGKILL"), STOP_WITHIN_MS).unref();
  };
  process.once("SIGTERM", stop).once("SIGINT", stop).once("disconnect", stop);
  engine.once("exit", (code, signal) => {
    if (!stopping)
      process.stderr.write(
        `${name} ended (${code ?? signal}):\n${readFileSync(logFile, "utf8").slice(-2000)}\n`,
      );
    process.exit(stopping ? 0 : 1);
  });

  const untilMs = performance.now() + READY_WITHIN_MS;
  while (!(await answers(`${url}/models`))) {
    if (performance.now() > untilMs) stop();
    await sleep(500);
  }
  if (!stopping) process.stdout.write(`${name} listening on ${url} model ${model} log ${logFile}\n`);
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    (response) => response.ok,
    () => false,
  );

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
      .once("error", reject)
      .listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo;
        server.close(() => resolve(port));
      });
  });
}

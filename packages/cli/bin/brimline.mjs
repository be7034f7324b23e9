#!/usr/bin/env node
// Node 24 runs the TypeScript sources as they are. An older Node starts the Node 24 that `npm ci` installed.
import { spawn } from "node:child_process";
import module, { createRequire } from "node:module";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

// Node keeps compiled code beside the packages, so that later starts and child processes take half the time.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
  new URL("../../../node_modules/.cache/brimline", import.meta.url),
);
const main = fileURLToPath(new URL("../main.ts", import.meta.url));
const [major = 0] = process.versions.node.split(".").map(Number);
if (major >= 24) {
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
  await import(main);
} else {
  const node = fileURLToPath(
    new URL("bin/node", new URL(`file://${createRequire(import.meta.url).resolve("node/package.json")}`)),
  );
  // The channel closes with this process, so that the child ends even when this one is killed (see main.ts).
  const child = spawn(node, [main, ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
  // A terminal sends Ctrl-C to both processes. The child takes the two for one (see interrupt.ts).
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`brimline: the Node 24 that npm installed does not start: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}

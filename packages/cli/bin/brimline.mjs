#!/usr/bin/env node
// Node 24 runs the TypeScript sources as they are. An older Node starts the Node 24 that `npm ci` installed.
import { spawnSync } from "node:child_process";
import module, { createRequire } from "node:module";
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
  // Ctrl-C reaches the child through the terminal. This process must wait for it and not end first.
  process.on("SIGINT", () => {});
  const { status, signal } = spawnSync(node, [main, ...process.argv.slice(2)], { stdio: "inherit" });
  process.exitCode = status ?? (signal === null ? 1 : 130);
}

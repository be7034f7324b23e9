#!/usr/bin/env node
// The sources are TypeScript that Node 24 runs as it is. An older Node hands over to the one that `npm ci` installed beside us.
import { spawnSync } from "node:child_process";
import module, { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

// What Node has compiled is kept beside the packages: later starts, and the processes that we start, take half the time.
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
  // The child shares our terminal, so Ctrl-C reaches it directly: wait for it instead of dying first.
  process.on("SIGINT", () => {});
  const { status, signal } = spawnSync(node, [main, ...process.argv.slice(2)], { stdio: "inherit" });
  process.exitCode = status ?? (signal === null ? 1 : 130);
}

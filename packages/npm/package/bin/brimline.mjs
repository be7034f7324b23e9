#!/usr/bin/env node
import module from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 15)) {
  process.stderr.write(`brimline: this is Node ${process.versions.node}; install Node 20.15 or later\n`);
  process.exit(1);
}
// Node keeps compiled code, where it can, so that later starts and child processes take half the time. The package
// itself may be read-only.
try {
  process.env.NODE_COMPILE_CACHE ??= join(
    process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"),
    "brimline",
  );
  module.enableCompileCache?.(process.env.NODE_COMPILE_CACHE);
} catch {
  // A user without a home has no cache.
}
await import("../lib/main.js");

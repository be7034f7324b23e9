import { type Certification, certify } from "@brimline/load/certificate/certificate";
import { shardOf, type Wanted } from "./level.ts";

/**
 * This process certifies itself, unless it is told `--uncertified`, says so, and then runs every level that it is told
 * to run.
 */
const certification: Certification = process.argv.includes("--uncertified")
  ? { certificate: null, uncertified: "it was not asked to" }
  : await certify();
process.send?.(certification);
process.on("message", ({ url, wanted }: { url: string; wanted: Wanted }) => void run(url, wanted));
process.on("disconnect", () => process.exit(0));

async function run(url: string, wanted: Wanted): Promise<void> {
  const { summary, records } = await shardOf(url, wanted);
  process.send?.({ summary: { ...summary, ...certification }, records });
}

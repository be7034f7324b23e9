import { parseArgs } from "node:util";
import type { CollectorFinder } from "./collector.ts";

/** The command line, with the options that collectors bring. */
export const usageText = (
  finders: CollectorFinder[],
): string => `Samples this host's GPUs ten times a second, its CPU twice, and an inference server's own metrics
once, and sends the samples to a brimline service.

  npx brimline agent --server http://host:4870

  --server <url>        the service (also BRIMLINE_SERVER)
  --key-env <NAME>      environment variable that holds the service's key (default BRIMLINE_KEY);
                        only the first start needs it, and no start on the service's own machine
  --spool <dir>         where samples wait and the identity is kept (also BRIMLINE_SPOOL;
                        default ~/.local/state/brimline-agent)
${finders.map(({ usage }) => (usage === "" ? "" : `${usage}\n`)).join("")}\
  --name <text>         how the service shows this agent (default the host's name)
  --once                sample for three seconds, upload and end: exit code 0 means that all is set up
`;

export interface Options {
  values: Record<string, string>;
  isHelp: boolean;
  isOnce: boolean;
}

/** Throws the TypeError of node's `parseArgs` for what is no option. */
export function readOptions(finders: CollectorFinder[]): Options {
  const ofCollectors: CollectorFinder["options"] = Object.assign(
    {},
    ...finders.map(({ options }) => options),
  );
  const read: Record<string, unknown> = parseArgs({
    options: {
      ...ofCollectors,
      server: { type: "string" },
      "key-env": { type: "string", default: "BRIMLINE_KEY" },
      spool: { type: "string" },
      name: { type: "string" },
      once: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  }).values;
  const texts = Object.entries(read).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value] as const] : [],
  );
  return {
    values: Object.fromEntries(texts),
    isHelp: read["help"] === true,
    isOnce: read["once"] === true,
  };
}

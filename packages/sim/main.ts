import { parseArgs } from "node:util";
import { startEndpoint } from "./endpoint.ts";
import type { Faults } from "./faults.ts";
import { isPresetName, PRESETS } from "./presets.ts";

/**
 * The simulated endpoint as a program. It prints one line with its URL when it is ready, and ends on SIGTERM, on
 * SIGINT, or when the process that forked it is gone.
 */
const USAGE = `Usage: node packages/sim/main.ts [--host 127.0.0.1] [--port 0] [--preset a40-8b] [--faults '{"dieAtMs": 5000}']

It prints its URL when it is ready, and ends at Ctrl-C.
Presets: ${Object.keys(PRESETS).join(", ")}
`;

const { values } = readArgs();
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
if (!isPresetName(values.preset))
  fail(`unknown preset ${values.preset}; there are ${Object.keys(PRESETS).join(", ")}`);
if (!/^\d{1,5}$/.test(values.port)) fail(`--port must be a number, 0 for any free one`);

const endpoint = await startEndpoint({
  host: values.host,
  port: Number(values.port),
  preset: PRESETS[values.preset],
  faults: JSON.parse(values.faults) as Faults,
}).catch((error: unknown) => fail(String(error)));
process.stdout.write(`brimline sim listening on ${endpoint.url}\n`);

const stop = (): void => void endpoint.close().then(() => process.exit(0));
process.once("SIGTERM", stop).once("SIGINT", stop).once("disconnect", stop);
// It is undefined when there never was a channel.
if (process.connected === false) stop();

function readArgs() {
  try {
    return parseArgs({
      options: {
        help: { type: "boolean", default: false },
        host: { type: "string", default: "127.0.0.1" },
        port: { type: "string", default: "0" },
        preset: { type: "string", default: "a40-8b" },
        faults: { type: "string", default: "{}" },
      },
    });
  } catch (error) {
    return fail(`${(error as Error).message}\n\n${USAGE}`);
  }
}

function fail(message: string): never {
  process.stderr.write(`brimline sim: ${message}\n`);
  process.exit(2);
}

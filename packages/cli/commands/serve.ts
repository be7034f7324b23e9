import { parseArgs } from "node:util";
import { UsageError } from "../error.ts";
import { untilInterrupted } from "../interrupt.ts";
import { dataDirOf, STORE_USAGE, storeOf } from "../service.ts";

export const usage = `brimline serve: run the service on this machine (npm start does the same).

  --port <n>          default 4870, 0 picks a free one (also BRIMLINE_PORT)
  --host <address>    default 127.0.0.1 (also BRIMLINE_HOST); any other needs --public-url, and a key
                      that is printed once at the first start
  --public-url <url>  where callers reach this service
  --data <dir>        default ./data (also BRIMLINE_DATA)
${STORE_USAGE}`;

export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: "string" },
      host: { type: "string" },
      "public-url": { type: "string" },
      data: { type: "string" },
      store: { type: "string" },
      "store-endpoint": { type: "string" },
    },
  });
  const portText = values.port ?? process.env["BRIMLINE_PORT"] ?? "4870";
  if (!/^\d{1,5}$/.test(portText) || Number(portText) > 65_535)
    throw new UsageError(`--port takes 0 to 65535, not "${portText}"`);
  const { startLocalService } = await import("@brimline/functions/local");
  const service = await startLocalService({
    port: Number(portText),
    host: values.host ?? process.env["BRIMLINE_HOST"] ?? "127.0.0.1",
    dataDir: dataDirOf(values),
    ...storeOf(values),
    ...(values["public-url"] !== undefined && { publicUrl: values["public-url"] }),
    log: (line) => process.stderr.write(`${line}\n`),
  });
  if (service.adminKey !== null) process.stdout.write(`admin key, shown this once: ${service.adminKey}\n`);
  process.stdout.write(`brimline listening on ${service.url}\n`);
  await untilInterrupted();
  await service.close();
  return 0;
}

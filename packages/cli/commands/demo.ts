import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { createClient } from "../client.ts";
import { UsageError } from "../error.ts";
import { follow } from "../follow.ts";
import { gpuLines } from "../gpus.ts";
import { untilInterrupted } from "../interrupt.ts";
import { printOutcome } from "../outcome.ts";
import { dataDirOf, STORE_USAGE, storeOf } from "../service.ts";

export const usage = `brimline demo: the whole road on this machine, with a simulated endpoint and a simulated GPU (npm run demo does the same).

  --levels 10,50,100  users of each level
  --duration <s>      how long each level sends (default 20)
  --port <n>          where the service listens (default 4870, 0 picks a free one; also BRIMLINE_PORT)
  --data <dir>        default ./data (also BRIMLINE_DATA)
${STORE_USAGE}  --exit              end after the report instead of serving its page until Ctrl-C
`;

export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      levels: { type: "string", default: "10,50,100" },
      duration: { type: "string", default: "20" },
      port: { type: "string" },
      data: { type: "string" },
      store: { type: "string" },
      "store-endpoint": { type: "string" },
      exit: { type: "boolean" },
    },
  });
  if (!/^\d{1,4}(,\d{1,4})*$/.test(values.levels))
    throw new UsageError(`--levels takes numbers of users such as 10,50,100, not "${values.levels}"`);
  if (!/^\d{1,5}$/.test(values.duration))
    throw new UsageError(`--duration takes seconds, not "${values.duration}"`);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);

  say("starting the service, a simulated endpoint, a simulated GPU and the agent …");
  const { startDemo } = await import("@brimline/functions/demo");
  const demo = await startDemo({
    dataDir: dataDirOf(values),
    ...storeOf(values),
    port: Number(values.port ?? process.env["BRIMLINE_PORT"] ?? 4870),
    levels: values.levels.split(",").map(Number),
    durationS: Number(values.duration),
    log: say,
  });
  try {
    const client = createClient(demo.serviceUrl, null);
    say(`service   ${demo.serviceUrl}\nendpoint  ${demo.endpointUrl} (simulated)`);
    for (const line of gpuLines(await client.gpusOf(demo.agentId))) say(`GPU       ${line}`);
    const job = await client.submit(demo.request, randomUUID());
    say(`job       ${job.id}: POST ${demo.serviceUrl}/v1/jobs\n`);
    const ended = await follow(client, job.id, { cancelOnInterrupt: true, quiet: false });
    await printOutcome(client, ended, "text");
    if (values.exit !== true && ended.links.page !== null) {
      say("\nThe page stays at its address until Ctrl-C.");
      await untilInterrupted();
    }
    return ended.state === "completed" ? 0 : 1;
  } finally {
    await demo.close();
  }
}

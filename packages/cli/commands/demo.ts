import { randomUUID } from "node:crypto";
import { createClient } from "../client.ts";
import { exitCodeOf } from "../exit-code.ts";
import { follow } from "../follow.ts";
import { gpuLines } from "../gpus.ts";
import { untilInterrupted } from "../interrupt.ts";
import { printOutcome } from "../outcome.ts";
import type { DemoFlags } from "../arguments/service.ts";
import { placeFlagsOf } from "../service.ts";

export async function run(flags: DemoFlags): Promise<number> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);

  say("starting the service, a simulated endpoint, a simulated GPU and the agent …");
  const { startDemo } = await import("@brimline/functions/demo");
  const demo = await startDemo({
    dataDir: flags.data,
    store: flags.store,
    storeEndpoint: flags.storeEndpoint,
    port: flags.port,
    named: flags.levels === undefined ? null : { levels: flags.levels, durationS: flags.duration },
  });
  try {
    const client = createClient(demo.serviceUrl, null);
    say(`service   ${demo.serviceUrl}\nendpoint  ${demo.endpointUrl} (simulated)`);
    for (const line of gpuLines(await client.gpusOf(demo.agentId))) say(`GPU       ${line}`);
    const job = await client.submit(demo.request, randomUUID());
    say(`job       ${job.id}: POST ${demo.serviceUrl}/v1/jobs\n`);
    const ended = await follow(client, job.id, { cancelOnInterrupt: true });
    // Who has cancelled the job wants to leave.
    const stays = flags.exit !== true && ended.state !== "cancelled";
    const pagesAt = stays ? null : demo.pagesAt;
    await printOutcome({ client, pagesAt, placeFlags: placeFlagsOf(flags) }, ended, "full");
    if (stays && ended.links.page !== null) {
      say("\nThe page stays at its address until Ctrl-C.");
      await untilInterrupted();
    }
    return exitCodeOf(ended, { assertsSlo: false });
  } finally {
    await demo.close();
  }
}

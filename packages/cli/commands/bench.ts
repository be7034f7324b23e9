import type { Schemas } from "@brimline/client/client";
import type { Job } from "@brimline/core/job/state/job";
import { type JobRequest, JobSpec } from "@brimline/core/job/spec/spec";
import { writtenUrl } from "@brimline/core/job/spec/url";
import { localGpus, startLocalAgent } from "@brimline/functions/local-agent";
import { randomUUID } from "node:crypto";
import type { BenchFlags } from "../arguments/bench.ts";
import { CommandError, UsageError } from "../error.ts";
import { exitCodeOf, verdictLine } from "../exit-code.ts";
import { readFiles } from "../files.ts";
import { follow } from "../follow.ts";
import { gpuLines } from "../gpus.ts";
import { formatOf, printOutcome } from "../outcome.ts";
import { connect, type ServiceConnection } from "../service.ts";
import { searchPlan } from "../terminal/search-plan.ts";
import { jobRequest } from "../spec.ts";
import { target } from "../target.ts";

export async function run(urlGiven: string | undefined, flags: BenchFlags): Promise<number> {
  const files = await readFiles(flags);
  const request = jobRequest(await target(urlGiven ?? null, flags, files), flags, files);
  if (flags.assertSlo === true && request.slo === undefined) throw new UsageError("--assert-slo needs --slo");
  if (flags.dryRun === true) {
    const { dryRun, dryRunText } = await import("../terminal/dry-run.ts");
    const planned = dryRun(request);
    const told = flags.server === undefined ? planned.plan : await planOf(request, flags);
    process.stdout.write(
      flags.json === true
        ? `${JSON.stringify(told, null, 2)}\n`
        : dryRunText(
            { ...planned, proof: "proof" in told ? told.proof : null },
            process.stdout.columns || 100,
          ),
    );
    return 0;
  }
  return submitAndFollow(request, flags);
}

/** What the named service says of the job. Another service may want proof that the endpoint is the caller's. */
async function planOf(request: JobRequest, flags: BenchFlags): Promise<Schemas["Plan"]> {
  const connection = await connect(flags);
  try {
    return await connection.client.plan(request);
  } finally {
    await connection.close();
  }
}

async function submitAndFollow(request: JobRequest, flags: BenchFlags): Promise<number> {
  // What is wrong with the job, the service says.
  const spec = JobSpec.safeParse(request);
  if (spec.success) await sayPlan(searchPlan(spec.data));
  const connection = await connect(flags);
  const here = isLoopback(writtenUrl(request.endpoint.url));
  const wantsAgent =
    flags.agent && (request.agents ?? []).length === 0 && here && (await localGpus()).length > 0;
  const agent = wantsAgent
    ? await startLocalAgent({
        serverUrl: connection.client.url,
        key: connection.key,
        dataDir: flags.data,
      })
    : null;
  try {
    if (agent !== null)
      for (const line of gpuLines(await connection.client.gpusOf(agent.id)))
        process.stderr.write(`GPU ${line}\n`);
    const job = await connection.client.submit(
      agent === null ? request : { ...request, agents: [agent.id] },
      randomUUID(),
    );
    process.stderr.write(`job ${job.id}\nlive at ${connection.client.url}/j/${job.id}/\n`);
    const ended = await follow(connection.client, job.id, { cancelOnInterrupt: true });
    const report = await printOutcome(connection, ended, formatOf(flags));
    if (flags.json !== true && report?.gpus.length === 0) process.stdout.write(await howToSample(connection));
    const beside = request.baseline === undefined ? 0 : await tellBaseline(connection, ended, flags);
    const own = exitCodeOf(ended, { assertsSlo: flags.assertSlo === true });
    // What failed outweighs what is not known.
    const code = own === 1 || beside === 1 ? 1 : Math.max(own, beside);
    const line = own === 0 || ended.verdict === null ? null : verdictLine(ended.verdict);
    if (line !== null) process.stderr.write(`${line}\n`);
    return code;
  } finally {
    await agent?.stop();
    await connection.close();
  }
}

/** Tells what the job is beside its baseline, and resolves to the exit code of that. */
async function tellBaseline(connection: ServiceConnection, job: Job, flags: BenchFlags): Promise<number> {
  const { comparison } = job;
  if (job.links.report === null) {
    process.stderr.write("nothing to compare: the job has no report\n");
    return 3;
  }
  if (comparison === null) {
    process.stderr.write(
      "nothing to compare with: no like job has a report yet, so this one is the first of its series\n",
    );
    return 0;
  }
  const all = await connection.client
    .compare({ a: comparison.baseline, b: job.id }, flags.margin)
    .catch((error: unknown) => {
      if (!(error instanceof CommandError)) throw error;
      process.stderr.write(`not compared: ${comparison.sentence}\n`);
      return null;
    });
  if (all === null) return 3;
  const { comparisonPage, summaryFile, tell } = await import("../comparison.ts");
  return tell(all, {
    format: flags.json === true ? "none" : "text",
    junit: flags.junit,
    summary: summaryFile(),
    page: comparisonPage(connection, job),
  });
}

/** Says what a search is about to do, in lines that fit the terminal. */
async function sayPlan(sentences: string[]): Promise<void> {
  const { wrap } = await import("../terminal/table.ts");
  const columns = Math.min(Math.max(process.stderr.columns || 80, 60), 120);
  for (const sentence of sentences) process.stderr.write(`${wrap(sentence, columns).join("\n")}\n`);
}

/** How to have figures of the GPU next time. */
async function howToSample({ pagesAt, placeFlags, client }: ServiceConnection): Promise<string> {
  const { wrap } = await import("../terminal/table.ts");
  const stays = pagesAt === null;
  const sentence = `For power, energy and MFU, ${stays ? "" : "start a service that stays, "}run the agent on the GPU host and add the id that it prints to the job's "agents":`;
  return [
    "",
    ...wrap(sentence, process.stdout.columns || 100),
    ...(stays ? [] : [`  npx brimline serve ${placeFlags}`]),
    `  npx brimline agent --server ${stays ? client.url : "http://127.0.0.1:4870"}`,
    "",
  ].join("\n");
}

const isLoopback = (url: string): boolean =>
  URL.canParse(url) && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(new URL(url).hostname);

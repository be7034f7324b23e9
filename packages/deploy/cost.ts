import { readFile, writeFile } from "node:fs/promises";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Compared } from "./cost/compare.ts";
import { compare } from "./cost/compare.ts";
import { declaredFunctions } from "./cost/declared.ts";
import { limitsOf } from "./cost/limits.ts";
import { countedCalls, predict } from "./cost/predict.ts";
import type { Plan, Rehearsal } from "./cost/rehearse.ts";
import { rehearse } from "./cost/rehearse.ts";
import { scenariosOf } from "./cost/scenarios.ts";
import { readSettings } from "./cost/settings.ts";
import { comparedTable, costTable, limitTable, priceTable, usageTable } from "./cost/tables.ts";
import { written } from "./cost/written.ts";
import { CALL_S, RECORD_BYTES } from "./cost/usage.ts";

/**
 * `npm run cost:aws`: what a deployment costs and where it breaks, from the code's own numbers, and how far a real job on this machine
 * did what the model says. Exits 1 where a count differs by more than `cost/compare.ts` allows. `--model`: the tables alone. `--write`:
 * the tables of docs/aws.md anew.
 */

const { values } = parseArgs({
  options: { model: { type: "boolean", default: false }, write: { type: "boolean", default: false } },
});
const DOCS = join(import.meta.dirname, "../../docs/aws.md");
/** Short, with one level on two shards. */
const PLAN: Plan = {
  levels: [2, 4, 8],
  durationS: 6,
  rampS: 0,
  inputTokens: 16,
  outputTokens: 8,
  idleS: 5,
  usersPerShard: 4,
};
/** Load average a core above which the rhythms of agent and shards slip. */
const BUSY = 2;
/** Records are packed: their size is the data's. */
const BYTES_SHARE = 0.25;

const settings = readSettings();
const functions = await declaredFunctions();
const scenarios = scenariosOf(settings);
const cost = costTable(scenarios, functions);
const limits = limitTable(limitsOf(settings, functions));

console.log(`${cost}\n\n${limits}\n\n${priceTable()}`);
for (const scenario of scenarios) console.log(`\n${usageTable(scenario, functions)}`);
if (values.write) await writeFile(DOCS, written(await readFile(DOCS, "utf8"), { cost, limits }));
if (!values.model) await check();

async function check(): Promise<void> {
  console.log("\na real job against the model, two minutes …");
  const seen = await rehearse(PLAN, settings);
  if (seen === null) {
    console.log("not counted: VersityGW is not there, and no Go that could build it");
    process.exitCode = 1;
    return;
  }
  const compared = comparedTo(seen);
  console.log(`\n${comparedTable(compared)}`);
  for (const [name, { count, seconds }] of Object.entries(seen.service.invocations)) {
    const assumed = name in CALL_S ? `, assumed on Lambda ${CALL_S[name as keyof typeof CALL_S]} s` : "";
    console.log(`${name}: ${(seconds / count).toFixed(2)} s a call here${assumed}`);
  }
  const { durable } = seen.service;
  console.log(
    `durable payload ${(durable.bytes / durable.operations).toFixed(0)} bytes an operation; events ${(seen.viewer.bytes / seen.viewer.looks).toFixed(0)} bytes a look; ` +
      `page ${seen.s3.putBytes["site"] ?? 0} bytes; segments ${((seen.s3.putBytes["telemetry"] ?? 0) / (seen.s3.counted["PUT telemetry"] ?? 0)).toFixed(0)} bytes each`,
  );
  const wrong = [
    ...compared.filter(({ isRight }) => !isRight).map(({ name }) => name),
    ...(seen.state === "completed" ? [] : [`the job ended ${seen.state}`]),
    ...(seen.s3.faults === 0 ? [] : [`${seen.s3.faults} answers of the S3 server were faults`]),
  ];
  const [load = 0] = loadavg();
  if (load > BUSY * availableParallelism())
    console.log(
      `\nthis machine is busy (load average ${load.toFixed(1)}): what depends on time may differ for that alone`,
    );
  console.log(
    wrong.length === 0
      ? "\nevery count is as the model says"
      : `\nnot as the model says: ${wrong.join(", ")}`,
  );
  process.exitCode = wrong.length === 0 ? 0 : 1;
}

function comparedTo(seen: Rehearsal): Compared[] {
  const { Aggregate, Publish } = seen.service.invocations;
  const calls = countedCalls(seen);
  const took = {
    jobS: seen.jobS,
    aggregateS: Aggregate?.seconds ?? 0,
    publishS: Publish?.seconds ?? 0,
    asked: calls["API: where to upload"] ?? 0,
  };
  const model = predict(PLAN, settings, took);
  const recordBytes = Math.round(
    seen.requests * (RECORD_BYTES.fixed + RECORD_BYTES.perChunk * PLAN.outputTokens),
  );
  const storedBytes = seen.s3.putBytes["records"] ?? 0;
  return [
    ...compare(model.s3, seen.s3.counted),
    ...compare(model.calls, calls),
    {
      name: "bytes of records",
      model: recordBytes,
      counted: storedBytes,
      isRight: Math.abs(recordBytes - storedBytes) <= BYTES_SHARE * storedBytes,
    },
  ];
}

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startBusyLoop } from "./busy.ts";
import { type Client, findClients } from "./clients.ts";
import { describeMachine, loadAverage, openFilesMax } from "@brimline/testkit/machine";
import { installPeers } from "./peers/peers.ts";
import { CORES } from "@brimline/testkit/pin";
import { installLitellm } from "./programs/fronts.ts";
import { type Scenario, SCENARIOS } from "./scenario.ts";
import type { Study, StudyOptions } from "./study.ts";
import { STUDIES } from "./studies.ts";
import { ownRows, renderOwn } from "./own-table.ts";
import { render, type ClientRun, clientRows } from "./table.ts";
import { tlsCertificate } from "./truth/tls-certificate.ts";
import { compiled } from "./truth/compile.ts";
import { startTruth } from "./truth/start.ts";

const USAGE = `npm run bench -- [options]
  --quick            two rounds of short runs of a few scenarios without peers, less than a minute
  --rounds <n>       rounds of every scenario, 5 unless given
  --scenarios <a,b>  only these: ${[...SCENARIOS, ...STUDIES].map(({ name }) => name).join(", ")}
  --clients <a,b>    only clients whose name contains one of these, and the floor
  --busy             each run of a scenario shares the clients' core with a busy loop; no floods, no studies
  --engine-url <url> the base URL of a vLLM that runs already, for engine and product; else one is started
  --install          install the peers' clients first (minutes, some GB, in ~/.cache/brimline-bench)
  --json             print every run as JSON instead of the tables`;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    scenarios: { type: "string" },
    clients: { type: "string" },
    busy: { type: "boolean", default: false },
    "engine-url": { type: "string" },
    install: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
/** Answers take 0.45 s, so that some begin within the window. */
const QUICK = { rounds: 2, warmS: 0.7, windowS: 0.7, chunks: 20 };
const BUSY = "a busy loop on the clients' core";
/** The number of files that a process has open beside its streams. */
const FILES_BESIDE = 100;
/** Above this load average the figures include the work of other processes. */
const LOAD_MAX = 1.5;

const names = values.scenarios?.split(",");
const unknown =
  names?.filter((name) => ![...SCENARIOS, ...STUDIES].some((known) => known.name === name)) ?? [];
if (values.help || unknown.length > 0) {
  if (unknown.length > 0) process.stderr.write(`unknown: ${unknown.join(", ")}\n`);
  process.stdout.write(`${USAGE}\n`);
  process.exit(unknown.length > 0 ? 2 : 0);
}
if (values.install) {
  await installPeers();
  await installLitellm();
}
// `brimline` does this for its workers, which start sooner and hold less memory.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "../../node_modules/.cache/brimline");
// This process must not use the client's core.
if (CORES.server !== null)
  execFileSync("taskset", ["-cp", String(CORES.server), String(process.pid)], { stdio: "ignore" });

const { clients, missing } = await findClients();
const rounds = Number(values.rounds ?? (values.quick ? QUICK.rounds : 5));
const notes = [...missing];
const canTls = (await compiled("server-tls")) !== null && (await tlsCertificate()) !== null;
const chosen = scenariosAsked();
const machine = describeMachine();
const loadBefore = loadAverage();
const runs: (ClientRun & { scenario: string })[] = [];
let server: "c" | "node" = (await compiled("server")) === null ? "node" : "c";
let isRealtime = false;

for (let round = 0; round < rounds; round++) {
  for (const scenario of chosen) {
    const wanted = clientsFor(scenario);
    // No client is always first.
    for (const client of [...wanted.slice(round % wanted.length), ...wanted.slice(0, round % wanted.length)])
      await runOnce(round, scenario, client);
  }
}
const found: { name: string; title: string; text: string; figures: unknown }[] = [];
for (const study of studiesAsked()) found.push(await studied(study));
print();

function isAsked({ name, quick }: { name: string; quick: boolean }): boolean {
  return names === undefined ? quick || !values.quick : names.includes(name);
}

/** With `--busy` studies run only by name: none shares its core with a loop that it does not start itself. */
function studiesAsked(): Study[] {
  return values.busy && names === undefined ? [] : STUDIES.filter(isAsked);
}

function scenariosAsked(): Scenario[] {
  const asked = SCENARIOS.filter((scenario) => isAsked(scenario) && !(values.busy && scenario.stream.flood));
  const limit = openFilesMax();
  return asked
    .map((scenario) => (values.quick ? shortened(scenario) : scenario))
    .map((scenario) => (values.busy ? { ...scenario, title: `${scenario.title}, ${BUSY}` } : scenario))
    .filter(({ tls, title }) => {
      if (tls && !canTls) notes.push(`${title}: skipped, no openssl and no headers of it here`);
      return canTls || !tls;
    })
    .filter((scenario) => {
      const fits = scenario.streams + FILES_BESIDE <= limit;
      if (!fits)
        notes.push(
          `${scenario.title}: skipped, a process may have only ${limit} files open here (ulimit -n)`,
        );
      return fits;
    });
}

function shortened(scenario: Scenario): Scenario {
  const { stream } = scenario;
  return {
    ...scenario,
    warmS: QUICK.warmS,
    windowS: QUICK.windowS,
    stream: stream.flood ? stream : { ...stream, n: QUICK.chunks },
  };
}

function clientsFor({ clients: whom }: Scenario): Client[] {
  const kinds: Client["kind"][] = ["floor", "again", "ours"];
  // A quick run has those that take long only if they are named.
  const isLong = !values.quick || values.clients !== undefined;
  if (isLong && whom !== "ours") kinds.push("equivalent");
  if (whom === "peers") kinds.push("product");
  if (isLong && whom === "peers") kinds.push("peer");
  return clients.filter(({ kind, name }) => kinds.includes(kind) && (kind === "floor" || isWanted(name)));
}

/** Whether `--clients` names the client, in any case of letters. */
function isWanted(client: string): boolean {
  const names = values.clients?.toLowerCase().split(",");
  return names === undefined || names.some((part) => client.toLowerCase().includes(part));
}

async function runOnce(round: number, scenario: Scenario, client: Client): Promise<void> {
  // A flood with priority would take its core from all other processes.
  const tls = scenario.tls ? await tlsCertificate() : null;
  const truth = await startTruth(scenario.stream, {
    core: CORES.server,
    realtime: !scenario.stream.flood,
    ...(tls !== null && { tls }),
  });
  const stopLoop = values.busy ? startBusyLoop() : null;
  try {
    process.stderr.write(`round ${round + 1}/${rounds}  ${scenario.name}  ${client.name}\n`);
    const measured = await client.run(scenario, truth.port);
    server = truth.kind;
    isRealtime ||= (await truth.stats()).realtime;
    runs.push({ round, scenario: scenario.name, client: client.name, kind: client.kind, measured });
  } catch (error) {
    const note = `${client.name}, ${scenario.title}: failed: ${error instanceof Error ? error.message : String(error)}`;
    notes.push(note);
    process.stderr.write(`${note}\n`);
  } finally {
    stopLoop?.();
    await truth.stop();
  }
}

async function studied({ name, title, run }: Study): Promise<(typeof found)[number]> {
  const options: StudyOptions = {
    rounds,
    quick: values.quick,
    wants: isWanted,
    engineUrl: values["engine-url"] ?? null,
    note: (text) => void notes.push(text),
  };
  try {
    return { name, title, ...(await run(options)) };
  } catch (error) {
    notes.push(`${name}: failed: ${error instanceof Error ? error.message : String(error)}`);
    return { name, title, text: "failed", figures: null };
  }
}

function print(): void {
  const loadAfter = loadAverage();
  const tables = chosen.map((scenario) => ({
    scenario,
    rows: clientRows(runs.filter((run) => run.scenario === scenario.name)),
    ownRows: ownRows(runs.filter((run) => run.scenario === scenario.name)),
  }));
  const about = {
    machine,
    cores: CORES,
    server,
    isRealtime,
    rounds,
    load: { before: loadBefore, after: loadAfter },
    notes,
  };
  if (values.json)
    return void process.stdout.write(`${JSON.stringify({ ...about, tables, runs, studies: found })}\n`);
  const lines = [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}, ${machine.compiler ?? "no C compiler"}`,
    CORES.client === null
      ? "nothing is pinned: one core, or no taskset"
      : `server on core ${CORES.server}, each client alone on core ${CORES.client}`,
    `truth server in ${server === "c" ? `C${isRealtime ? ", with real-time priority" : ""}` : "Node, for want of a C compiler: its timers count whole ms"}`,
    `${rounds} rounds, interleaved; medians; load average ${loadBefore.toFixed(2)} before, ${loadAfter.toFixed(2)} after (the runs' own share is about 1)`,
    ...(loadBefore > LOAD_MAX ? ["the machine was busy with other work: do not trust these figures"] : []),
    ...notes,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  for (const { scenario, rows, ownRows: own } of tables) {
    process.stdout.write(`\n${scenario.title}\n\n${render(rows)}\n`);
    if (own.length > 0) process.stdout.write(`\n${scenario.title}: what each says\n\n${renderOwn(own)}\n`);
  }
  for (const { title, text } of found) process.stdout.write(`\n${title}\n\n${text}\n`);
}

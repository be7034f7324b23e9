import { markdown } from "@brimline/testkit/markdown";
import { CORES } from "@brimline/testkit/pin";
import { startEngine } from "../engine/start.ts";
import type { Study, StudyOptions } from "../study.ts";
import { tlsCertificate } from "../truth/tls-certificate.ts";
import { BASIC, type Front, FRONTS, startFront } from "./fronts.ts";
import { tried, type Tried } from "./tried.ts";

interface Row {
  api: string;
  front?: Front;
  args?: readonly string[];
  env?: Record<string, string>;
}

/** An engine as one of the scripts in `engines` starts it, and what is tried on it. */
interface Program {
  name: string;
  script: string;
  args: readonly string[];
  rows: readonly Row[];
}

const CA = "--ca";
const chat = (front: Front, more: Omit<Row, "api" | "front"> = {}): Row => ({ api: "chat", front, ...more });

const PROGRAMS: readonly Program[] = [
  {
    name: "vLLM",
    script: "vllm-cpu",
    args: ["--no-enable-prefix-caching"],
    rows: [
      { api: "chat" },
      { api: "completions" },
      { api: "responses" },
      { api: "messages" },
      chat(FRONTS.litellm),
      chat(FRONTS.nginxBuffered),
      chat(FRONTS.nginx),
      chat(FRONTS.haproxyDefault),
      chat(FRONTS.haproxy),
      chat(FRONTS.caddy, { args: [CA] }),
      chat(FRONTS.caddyBasic, {
        args: [CA, "--basic-env", "FRONT_BASIC"],
        env: { FRONT_BASIC: `${BASIC.user}:${BASIC.password}` },
      }),
      chat(FRONTS.http2Only, { args: [CA] }),
    ],
  },
  {
    name: "vLLM, pooling",
    script: "vllm-cpu",
    args: ["--runner", "pooling", "--convert", "embed"],
    rows: [{ api: "embeddings" }],
  },
  {
    name: "llama.cpp's server",
    script: "llama-server",
    args: [],
    rows: [
      { api: "chat" },
      { api: "completions" },
      { api: "responses" },
      // It takes no `ignore_eos` here, and always the likeliest token ends some answers of random weights at once.
      { api: "messages", args: ["--temperature", "1"] },
    ],
  },
  {
    name: "llama.cpp's server, `--embeddings`",
    script: "llama-server",
    args: ["--embeddings", "--pooling", "mean"],
    rows: [{ api: "embeddings" }],
  },
  {
    name: "llama-cpp-python",
    script: "llama-cpp",
    args: [],
    rows: [{ api: "chat" }, { api: "completions" }],
  },
  {
    name: "transformers serve",
    script: "transformers",
    args: [],
    rows: [{ api: "chat" }, { api: "completions" }],
  },
];

/** Shows what the product reads of programs that others wrote, each asked by `brimline bench`, beside what they counted. */
export const programs: Study = {
  name: "programs",
  title: "real engines and gateways: what was asked and what came",
  quick: false,
  async run(options) {
    const rows: Tried[] = [];
    for (const program of PROGRAMS.filter(({ name }) => options.wants(name)))
      await tryProgram(program, options, (row) => rows.push(row)).catch((error: unknown) =>
        options.note(`${program.name}: ${error instanceof Error ? error.message : String(error)}`),
      );
    return { text: render(rows), figures: rows };
  },
};

async function tryProgram(
  { name, script, args, rows }: Program,
  { note }: StudyOptions,
  found: (row: Tried) => void,
): Promise<void> {
  const tls = await tlsCertificate();
  const engine = await startEngine(script, args, CORES.server);
  if (engine === null || tls === null) {
    return note(`${name}: skipped, \`node packages/bench/engines/${script}.ts\` installs it`);
  }
  try {
    for (const { api, front, args = [], env = {} } of rows) {
      const title = front === undefined ? name : `${front.name} → ${name}`;
      process.stderr.write(`${title}  ${api}\n`);
      const { command } = front ?? { command: "" };
      if (command === null) {
        note(`${title}: skipped, it is not installed`);
        continue;
      }
      const upstream = new URL(engine.url).host;
      const fronted =
        front && (await startFront({ ...front, command }, { upstream, model: engine.model, tls }));
      try {
        found(
          await tried({
            title,
            api,
            url: fronted?.url ?? `${engine.url}/v1`,
            engine,
            args: args.flatMap((arg) => (arg === CA ? [CA, tls.ca] : [arg])),
            env,
          }),
        );
      } finally {
        await fronted?.stop();
      }
    }
  } finally {
    await engine.stop();
  }
}

const render = (rows: Tried[]): string =>
  markdown(
    [
      "program",
      "asked",
      "came",
      "requests",
      "input tokens",
      "output tokens",
      "TTFT p50",
      "chunk gap p50",
      "validity",
    ],
    rows.map(({ title, api, came, requests, inputTokens, outputTokens, ttftMs, gapMs, validity }) => [
      title,
      api,
      came,
      String(requests),
      inputTokens,
      outputTokens,
      ttftMs,
      gapMs,
      validity,
    ]),
  );

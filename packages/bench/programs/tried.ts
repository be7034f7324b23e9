import type { Figure } from "@brimline/core/figure";
import type { RequestRecord } from "@brimline/core/record/record";
import type { Scrape } from "@brimline/core/scrape/scrape";
import type { Report } from "@brimline/core/report/schema";
import { CORES, pinned } from "@brimline/testkit/pin";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { between, scrapeOf } from "../engine/metrics.ts";
import type { RunningEngine } from "../engine/start.ts";

const BRIMLINE = join(import.meta.dirname, "../../cli/main.ts");
const JOB = ["--levels", "1,4", "--requests", "24", "--input-tokens", "20", "--output-tokens", "24"];
/** Preflight has ended then, and no load has begun. */
const IDLE = { args: ["--idle", "2"], line: "idle before load" };

/** What is asked of a program, and where. */
export interface Ask {
  title: string;
  api: string;
  /** The base URL, with /v1. */
  url: string;
  engine: RunningEngine;
  args: string[];
  env: Record<string, string>;
}

/** What came, as a table shows it. Tokens are ours, and the engine's count where it differs or is not known. */
export interface Tried {
  title: string;
  api: string;
  came: string;
  requests: number;
  inputTokens: string;
  outputTokens: string;
  ttftMs: string;
  gapMs: string;
  validity: string;
}

/** Benchmarks a program as any user would, and counts between preflight and the end what its engine counted. */
export async function tried({ title, api, url, engine, args, env }: Ask): Promise<Tried> {
  const data = await mkdtemp(join(tmpdir(), "brimline-bench-"));
  let before: Promise<Scrape | null> = Promise.resolve(null);
  try {
    const job = ["bench", url, "--model", engine.model, "--api", api, ...JOB, ...IDLE.args, ...args];
    const run = await brimline([...job, "--no-agent", "--json", "--data", data], env, (line) => {
      if (line.includes(IDLE.line)) before = counted(engine);
    });
    const report = reportOf(run.out);
    if (report === null) return { title, api, ...nothing(run.code, run.err) };
    const [first, last] = [await before, await counted(engine)];
    const theirs = first === null || last === null ? null : between(first, last);
    const records = await recordsOf(report.id, data);
    const measured = report.levels.filter(({ role }) => role === "measured");
    const failures = records.flatMap(({ outcome }) => (outcome === "ok" ? [] : [outcome]));
    return {
      title,
      api,
      came:
        failures.length === 0
          ? "all whole"
          : `${failures.length} failed (${[...new Set(failures)].join(", ")})`,
      requests: records.length,
      inputTokens: besides(sum(records, "input"), theirs?.inputTokens ?? null),
      outputTokens: besides(sum(records, "output"), theirs?.outputTokens ?? null),
      ttftMs: measured.map(({ ttftMs }) => shown(ttftMs.p50)).join(", "),
      gapMs: measured.map(({ chunkGapMs }) => shown(chunkGapMs.p50)).join(", "),
      validity: measured.map(({ validity, reasons }) => [validity, ...reasons].join(" ")).join("; "),
    };
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

async function brimline(
  args: string[],
  env: Record<string, string>,
  onLine: (line: string) => void,
): Promise<{ code: number; out: string; err: string }> {
  const [file, ...rest] = pinned([process.execPath, BRIMLINE, ...args], CORES.client);
  const child = spawn(file, rest, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (piece: string) => {
    err += piece;
    onLine(piece);
  });
  const [out, [code]] = await Promise.all([text(child.stdout), once(child, "exit") as Promise<[number]>]);
  return { code, out, err };
}

function reportOf(out: string): Report | null {
  return out.trimStart().startsWith("{") ? (JSON.parse(out) as Report) : null;
}

/** What the engine exports about itself. It is null where it exports nothing. */
const counted = (engine: RunningEngine): Promise<Scrape | null> => scrapeOf(engine).catch(() => null);

async function recordsOf(job: string, data: string): Promise<RequestRecord[]> {
  const { out } = await brimline(["records", job, "--data", data], {}, () => {});
  return out.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as RequestRecord]));
}

const sum = (records: RequestRecord[], side: "input" | "output"): number | null =>
  records.some(({ tokens }) => tokens[side] === null)
    ? null
    : records.reduce((total, { tokens }) => total + (tokens[side] ?? 0), 0);

function besides(ours: number | null, theirs: number | null): string {
  // An engine of embeddings counts no output.
  if (ours === null && (theirs ?? 0) === 0) return "–";
  if (theirs === null) return `${ours ?? "–"} (it exports no count)`;
  return ours === theirs ? `${ours} = its own` : `${ours ?? "–"}, its own ${theirs}`;
}

const shown = ({ value }: Figure): string => value?.toPrecision(3) ?? "–";

/** What was said of a job that has no report. */
function nothing(code: number, err: string): Omit<Tried, "title" | "api"> {
  const lines = err.trim().split("\n");
  return {
    came: lines.find((line) => line.startsWith("rejected: ")) ?? `exit ${code}: ${lines.at(-1) ?? ""}`,
    requests: 0,
    inputTokens: "–",
    outputTokens: "–",
    ttftMs: "–",
    gapMs: "–",
    validity: "–",
  };
}

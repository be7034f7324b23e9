import { indexEntry, type IndexEntry } from "@brimline/core/report/entry";
import { randomFrom, seedOf } from "@brimline/core/random";
import { known } from "./figure.ts";
import { fixtures } from "./reports.ts";

const MODELS = [
  { model: "meta-llama/Llama-3.1-8B-Instruct", share: 1 },
  { model: "Qwen/Qwen3-8B", share: 1.04 },
  { model: "mistralai/Mistral-7B-Instruct-v0.3", share: 1.12 },
  { model: "google/gemma-3-12b-it", share: 0.74 },
];
const GPUS = [
  { gpu: "NVIDIA A40", share: 1, usdPerHour: 0.39 },
  { gpu: "NVIDIA L40S", share: 1.7, usdPerHour: 0.79 },
  { gpu: "NVIDIA A100-SXM4-80GB", share: 2.3, usdPerHour: 1.19 },
  { gpu: "2 × NVIDIA H100 80GB HBM3", share: 8.1, usdPerHour: 4.98 },
];
const HOUR_MS = 3_600_000;

/** Rows of so many reports of a few models and GPUs, one every two hours up to `newestAt`, the newest first. */
export function fixtureEntries(count: number, newestAt = Date.UTC(2026, 10, 25, 18)): IndexEntry[] {
  const of = indexEntry(fixtures.sweep);
  return Array.from({ length: count }, (_, index): IndexEntry => {
    const random = randomFrom(seedOf("entry", count - index));
    const pick = <T>(all: T[]): T => all[Math.floor(random() * all.length)] ?? (all[0] as T);
    const [{ model, share }, { gpu, share: faster, usdPerHour }] = [pick(MODELS), pick(GPUS)];
    const tokensPerS = 1350 * share * faster * (0.97 + 0.06 * random());
    const isInvalid = random() < 0.06;
    const isMissed = !isInvalid && random() < 0.1;
    return {
      ...of,
      id: String(count - index).padStart(20, "e"),
      name: pick(["nightly", "release candidate", model]),
      model,
      gpu,
      simulated: false,
      createdAt: new Date(newestAt - index * 2 * HOUR_MS).toISOString(),
      validity: isInvalid ? "invalid" : random() < 0.15 ? "indicative" : "valid",
      status: isInvalid ? "unknown" : isMissed ? "missed" : "met",
      hasCapacity: !isMissed,
      outputTokensPerS: known(tokensPerS * (isInvalid ? 3 : 1), 0.02),
      ttftP95Ms: known(240 + 220 * random(), 0.05),
      usdPerMOutputTokens: known((usdPerHour * 1e6) / (tokensPerS * 3600), 0.02),
      tags: random() < 0.4 ? [pick(["nightly", "main", "release"])] : [],
      server: pick(["vLLM", "SGLang"]),
    };
  });
}

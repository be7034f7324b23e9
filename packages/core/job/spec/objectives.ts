import { z } from "zod";

/** An objective that a job may call by its name. Times are in ms. */
export interface NamedObjective {
  ttftMs: number;
  tpotMs: number;
  /** The percentile that must lie within each of the bounds. */
  percentile: number;
  /** What it is for. */
  about: string;
  source: string;
}

const MLPERF =
  "MLPerf Inference rules, https://github.com/mlcommons/inference_policies/blob/ff7edba545fded369e7e7e3d5a2f0bab4a95eece/inference_rules.adoc (August 2026)";
/** MLPerf's server scenarios judge the 99th percentile. */
const mlperf = (about: string, ttftMs: number, tpotMs: number): NamedObjective => ({
  ttftMs,
  tpotMs,
  percentile: 99,
  about,
  source: MLPERF,
});

/** Every named objective. The README tells of them, and `GET /v1/objectives` and `brimline objectives` list them. */
export const NAMED_OBJECTIVES = {
  chat: {
    ttftMs: 1000,
    tpotMs: 100,
    percentile: 95,
    about: "a person reads along: ten tokens a second, twice as fast as people read",
    source:
      "TTFT: the limit of uninterrupted thought, Nielsen, Usability Engineering, 1993, 5.5. TPOT: half of MLPerf's 200 ms, which is average reading",
  },
  interactive: {
    ttftMs: 500,
    tpotMs: 40,
    percentile: 95,
    about: "a person waits for the whole answer: an assistant in an editor, a voice",
    source: "about MLPerf's interactive categories, of which the P99 is asked: 450/40 and 500/30 ms",
  },
  summarise: {
    ttftMs: 15_000,
    tpotMs: 150,
    percentile: 95,
    about: "long documents, whose answer may begin late",
    source:
      "Zhong et al., DistServe, OSDI 2024, table 1: summarization, of which the P90 is asked, https://www.usenix.org/system/files/osdi24-zhong-yinmin.pdf",
  },
  "mlperf-llama2-70b": mlperf("MLPerf, Llama 2 70B, server (conversational)", 2000, 200),
  "mlperf-llama2-70b-interactive": mlperf("MLPerf, Llama 2 70B, interactive", 450, 40),
  "mlperf-llama3.1-8b": mlperf("MLPerf, Llama 3.1 8B, server (conversational)", 2000, 100),
  "mlperf-llama3.1-8b-interactive": mlperf("MLPerf, Llama 3.1 8B, interactive", 500, 30),
  "mlperf-llama3.1-405b": mlperf("MLPerf, Llama 3.1 405B, server", 6000, 175),
  "mlperf-llama3.1-405b-interactive": mlperf("MLPerf, Llama 3.1 405B, interactive", 4500, 80),
} satisfies Record<string, NamedObjective>;

export const ObjectiveName = z.enum(Object.keys(NAMED_OBJECTIVES) as (keyof typeof NAMED_OBJECTIVES)[]);
export type ObjectiveName = z.infer<typeof ObjectiveName>;

import type { Name } from "./catalogue.ts";

/** How a figure of the catalogue is made, for a reader. */
export interface Formula {
  /** What is divided by what, or from when until when. */
  formula: string;
  /** Where the numbers come from, or who defined the figure so. */
  source: string;
}

const RECORDS = "Records of the requests";
const CHUNKS = "Arrival times of the chunks";
const USAGE = "Arrival times of the chunks, tokens by the endpoint's usage";
const GPU = "Samples of the agent on the GPU's host";
const HOST = "Samples of the agent: /proc/stat of the GPU's host";
const SCRAPES = "Scrapes of the server's own metrics";

const server = (formula: string): Formula => ({ formula, source: SCRAPES });

/**
 * The formula and the source of every figure, in words. The code of each stands in `figures/` and `metric/`. A spread
 * is the distribution of its formula's value over the requests that were due in the window.
 */
export const FORMULAS: Readonly<Record<Name, Formula>> = {
  inFlight: { formula: "∫ (requests sent and not yet done) dt ÷ window", source: RECORDS },
  requestsPerS: { formula: "Requests that end well in the window ÷ window", source: RECORDS },
  outputTokensPerS: {
    formula: "Output tokens that arrive in the window ÷ window, also of requests that end later or fail",
    source: USAGE,
  },
  fullRunOutputTokensPerS: {
    formula: "Output tokens of requests that ended well ÷ time from the level's start to its last end",
    source: USAGE,
  },
  inputTokensPerS: {
    formula: "Prompt tokens ÷ window; those of a request count at its first output",
    source: "The endpoint's usage",
  },
  tokensPerSPerUser: { formula: "Throughput ÷ users", source: USAGE },
  goodputRequestsPerS: {
    formula: "Requests due in the window that met every bound of the objective ÷ window",
    source: "Records of the requests; as DistServe defines goodput (arXiv 2401.09670)",
  },
  goodPercent: {
    formula:
      "Requests due in the window that met every bound ÷ all due in the window; failed ones are not good",
    source: RECORDS,
  },
  mfuPercent: {
    formula: "FLOPs of prefill, decoding and attention ÷ (window × dense peak of the GPUs)",
    source: "The model's config, the GPU's data sheet; as PaLM defines MFU (arXiv 2204.02311)",
  },
  mfuOutputOnlyPercent: {
    formula: "2 × parameters × output tokens/s ÷ dense peak of the GPUs",
    source: "The model's size, the GPU's data sheet",
  },
  mbuPercent: {
    formula: "(weights × replicas + batch × context × KV bytes) ÷ TPOT ÷ memory bandwidth of the GPUs",
    source: "The model's config, the GPU's data sheet; the batch by Little's law",
  },
  joulePerOutputToken: { formula: "GPU energy ÷ output tokens that arrive in the window", source: GPU },
  dynamicJoulePerOutputToken: {
    formula: "(GPU energy − idle power × window) ÷ output tokens that arrive in the window",
    source: GPU,
  },
  tokensPerJ: { formula: "Output tokens that arrive in the window ÷ GPU energy", source: GPU },
  kwhPerMTokens: { formula: "J per token ÷ 3.6", source: GPU },
  usdPerMOutputTokens: {
    formula: "$ per hour of all GPUs ÷ (throughput × 3,600) × 1,000,000",
    source: "The job's price",
  },
  sendLagMs: { formula: "Sent − due", source: RECORDS },
  closeLagMs: { formula: "End of the answer's body − end of the stream", source: RECORDS },
  ttftMs: {
    formula:
      "First chunk with text, reasoning, a tool call or a refusal − sent (at a rate, an objective counts from due)",
    source: CHUNKS,
  },
  ttfoMs: { formula: "First chunk with visible output − sent", source: CHUNKS },
  chunkGapMs: { formula: "Arrival of a chunk − arrival of the chunk before it", source: CHUNKS },
  tpotMs: { formula: "(Last chunk − first chunk) ÷ tokens after the first chunk", source: USAGE },
  e2eMs: { formula: "Last chunk − sent", source: CHUNKS },
  userSpeedTokensPerS: { formula: "1,000 ÷ TPOT", source: USAGE },
  perRequestTokensPerS: { formula: "Output tokens of a request ÷ its latency", source: USAGE },
  outputTokensPerRequest: { formula: "Output tokens of a request", source: "The endpoint's usage" },
  inputTokensPerRequest: { formula: "Prompt tokens of a request", source: "The endpoint's usage" },
  powerW: { formula: "GPU energy ÷ window, all GPUs together", source: GPU },
  idlePowerW: { formula: "Mean power in the idle time before the load", source: GPU },
  energyJ: {
    formula:
      "Difference of the GPUs' energy counters at the window's edges, or else the integral of their power",
    source: GPU,
  },
  energyIntegralJ: { formula: "∫ power dt over the window, by trapezoids", source: GPU },
  utilPercent: { formula: "Mean share of time in which some kernel ran", source: GPU },
  serverRunning: server("Mean number of requests in the batch"),
  serverWaiting: server("Mean number of requests in the queue"),
  kvPercent: server("Mean share of the KV cache in use"),
  kvPeakPercent: server("Highest share of the KV cache in use"),
  preemptions: server("Growth of the counter of preempted requests"),
  prefixHitPercent: server("Growth of prefix cache hits ÷ growth of prefix cache queries"),
  draftAcceptedPercent: server("Growth of accepted draft tokens ÷ growth of draft tokens"),
  serverQueueMs: server("Growth of the sum of queue times ÷ growth of their count"),
  serverPrefillMs: server("Growth of the sum of prefill times ÷ growth of their count"),
  serverDecodeMs: server("Growth of the sum of decode times ÷ growth of their count"),
  serverTtftMs: server("Growth of the sum of the server's TTFT ÷ growth of their count"),
  ttftOutsideMs: server("Mean TTFT as measured − mean TTFT by the server"),
  serverTpotMs: server("Growth of the sum of the server's times per token ÷ growth of their count"),
  serverRequestsPerS: server("Growth of the counter of requests ÷ window"),
  serverOutputTokensPerS: server("Growth of the counter of output tokens ÷ window"),
  serverInputTokensPerS: server("Growth of the counter of prompt tokens ÷ window"),
  hostCpuPercent: { formula: "Mean share of the time of all cores that was busy", source: HOST },
  hostBusiestPercent: { formula: "Mean of the busiest core's share of busy time", source: HOST },
  hostStealPercent: { formula: "Mean share of the cores' time that other machines took", source: HOST },
};

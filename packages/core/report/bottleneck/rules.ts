import type { BottleneckCause } from "../../codes.ts";
import type { Level } from "../schema.ts";
import { loadText, num } from "../text.ts";
import { failedText, hasFailures, kindsText } from "../verdict/failures.ts";
import { type Evidence, inPrefill, isOpenLoop, missedText, percentileOf, promptPercent } from "./evidence.ts";

/** A cause: what must be seen for it, and how it is told. */
export interface Rule {
  cause: BottleneckCause;
  /** Whether the evidence shows it. */
  holds: (evidence: Evidence) => boolean;
  /** What happens beyond the capacity: "the KV cache is full and requests queue". */
  beyond: (evidence: Evidence) => string;
  /** A sentence with the numbers that show it. */
  evidence: (evidence: Evidence) => string;
  remedy: (evidence: Evidence) => string | null;
  /** The fields of the level that show it. */
  refs: string[];
}

/** If more than this share of a level's requests was refused with 429, a rate limit bounds it. */
const REFUSED = 0.01;
/** A queue stands when requests wait in so many of the scrapes. */
const QUEUED_PERCENT = 50;
/** What holds while a queue stands holds in so many of the scrapes with one. */
const FULL_PERCENT = 50;
/** The cache is full in so many of them at the least, where it is whenever the most requests run. */
const FULL_AT_MOST_PERCENT = 25;
const AT_MOST_PERCENT = 80;
/** A request that has just come waits for the end of a step. So many times as many wait in a queue. */
const OVER_ARRIVING = 2;
/** Fewer scrapes with a queue tell nothing of it. */
const SCRAPES_LEAST = 3;
/** A request is in its prefill nearly all of the time. */
const IN_PREFILL = 0.8;
/** More of its peak a GPU hardly ever gives to an engine: prefill alone reaches 50 to 60 %. */
const MFU_HIGH = 45;
/** So much of its bandwidth decoding reaches in good engines. */
const MBU_HIGH = 60;
/** Prompts are most of what is computed. */
const PROMPTS_MOST = 67;
/** The clocks are held down in so many of the samples, and by so much. */
const HELD_PERCENT = 50;
const CLOCK_LOSS = 10;
/** Under load some kernel of a GPU runs nearly all of the time, unless the GPU waits for its host. */
const BUSY_LEAST = 80;
/** The cores of a host are full, or its busiest is, when hardly any of their time is left. */
const CPU_FULL = 95;
/** What the machine below takes of the host's CPU is worth a word from here on. */
const STOLEN_MUCH = 5;
/** A cache below this has room for a larger batch. */
const KV_ROOM = 80;

const refusedShare = ({ level: { requests } }: Evidence): number =>
  requests.sent === 0 ? 0 : (requests.errors.http_429 ?? 0) / requests.sent;

const queue = ({ level }: Evidence) => level.server?.queue ?? null;

/** How many requests wait for the end of a step on average, by Little's law. */
const arriving = ({ level: { requestsPerS, tpotMs } }: Evidence): number =>
  ((requestsPerS.value ?? 0) * (tpotMs.p50.value ?? 0)) / 1000;

/** Whether requests wait in the server most of the time, and for more than the end of a step. */
function isQueued(evidence: Evidence): boolean {
  const state = queue(evidence);
  return (
    state !== null &&
    state.meanWaiting >= Math.max(1, OVER_ARRIVING * arriving(evidence)) &&
    state.waitingPercent >= QUEUED_PERCENT &&
    (state.scrapes * state.waitingPercent) / 100 >= SCRAPES_LEAST
  );
}

function isKvFull(evidence: Evidence): boolean {
  if (!isQueued(evidence)) return false;
  const { kvFullPercent, kvFullAtMostPercent } = queue(evidence) ?? {};
  const isAtMost = (kvFullAtMostPercent ?? 0) >= FULL_PERCENT;
  return (kvFullPercent ?? 0) >= (isAtMost ? FULL_AT_MOST_PERCENT : FULL_PERCENT);
}

const isHeld = ({ clockLossPercent }: Evidence, percent: number | null | undefined): boolean =>
  (percent ?? 0) >= HELD_PERCENT && (clockLossPercent ?? 0) >= CLOCK_LOSS;

const isComputing = ({ level }: Evidence): boolean => (level.mfuPercent.value ?? 0) >= MFU_HIGH;

const busyPercent = ({ level }: Evidence): number | null => level.gpu?.utilPercent.value ?? null;

/** Whether some kernel of the GPU ran nearly all of the time. It is null if that was not read. */
function isGpuBusy(evidence: Evidence): boolean | null {
  const busy = busyPercent(evidence);
  return busy === null ? null : busy >= BUSY_LEAST;
}

/** What the host's CPU has no time left for: anything, one core's work, or nothing. It is null if it was not sampled. */
function cpuState({ level: { host } }: Evidence): "full" | "one_core" | "free" | null {
  const cpu = host?.hostCpuPercent.value ?? null;
  if (host === null || cpu === null) return null;
  if (cpu + (host.hostStealPercent.value ?? 0) >= CPU_FULL) return "full";
  return (host.hostBusiestPercent.value ?? 0) >= CPU_FULL ? "one_core" : "free";
}

const isAtEnd = ({ limit }: Evidence): boolean => limit !== "not_reached";

const waitedText = (evidence: Evidence): string => {
  const { waitingPercent = 0, meanWaiting = 0 } = queue(evidence) ?? {};
  return `${sentenceCase(evidence.at)} requests waited in ${num(waitingPercent)} % of the scrapes, ${num(meanWaiting)} on average`;
};

/** "97 % in use" while requests waited. */
const kvText = (evidence: Evidence): string | null => {
  const value = queue(evidence)?.meanKvPercent ?? null;
  return value === null ? null : `${num(value)} % in use`;
};

const preemptedText = ({ level }: Evidence): string => {
  const count = level.server?.preemptions.value ?? 0;
  if (count === 0) return "";
  const requests = count === 1 ? "1 running request was" : `${num(count)} running requests were`;
  return `, and ${requests} thrown out for want of it`;
};

const mfuText = ({ level }: Evidence): string => `MFU is ${num(level.mfuPercent.value ?? 0)} %`;

const clockText = ({ clockLossPercent }: Evidence, percent: number, by: string): string =>
  `${by} held the clocks down in ${num(percent)} % of the samples, by ${num(clockLossPercent ?? 0)} % on average`;

const sentenceCase = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

const inBrackets = (settings: string | undefined): string => (settings === undefined ? "" : ` (${settings})`);

/**
 * The rules in the order in which they are asked; the first that holds names the cause. What refuses requests comes
 * first, because it changes all that follows. Then comes what a queue stands before, and at last what a step takes,
 * which counts only where more load brought no more. What needs no evidence ends the table.
 */
export const RULES: Rule[] = [
  {
    cause: "rate_limit",
    holds: (evidence) => refusedShare(evidence) >= REFUSED || evidence.level.reasons.includes("rate_limited"),
    beyond: () => "the endpoint refuses requests with 429",
    evidence: (evidence) =>
      `${sentenceCase(evidence.at)} ${num(100 * refusedShare(evidence))} % of the requests were refused with 429.`,
    remedy: () => "Raise the endpoint's rate limit for this key.",
    refs: ["requests"],
  },
  {
    cause: "failures",
    holds: ({ level, slo }) => hasFailures(level, percentileOf(slo)),
    beyond: () => "requests fail",
    evidence: ({ level }) => `${sentenceCase(failedText(level))} (${kindsText([level])}).`,
    remedy: () => null,
    refs: ["requests"],
  },
  {
    cause: "thermal",
    holds: (evidence) => isHeld(evidence, evidence.level.gpu?.overheatedPercent),
    beyond: () => "heat holds the GPU's clocks down",
    evidence: (evidence) =>
      `${sentenceCase(evidence.at)} ${clockText(evidence, evidence.level.gpu?.overheatedPercent ?? 0, "heat")}.`,
    remedy: () => "Cool the GPU better.",
    refs: ["gpu/overheatedPercent", "gpu/smMHz"],
  },
  {
    cause: "kv_full",
    holds: isKvFull,
    beyond: () => "the KV cache is full and requests queue",
    evidence: (evidence) =>
      `${waitedText(evidence)}, and in ${num(queue(evidence)?.kvFullPercent ?? 0)} % of those the KV cache had no room for one more (${kvText(evidence) ?? ""})${preemptedText(evidence)}.`,
    remedy: ({ settings }) =>
      `Give the server more KV cache${inBrackets(settings?.kvCache)}, ask for shorter prompts or answers, or add replicas.`,
    refs: ["server/queue", "server/preemptions"],
  },
  {
    cause: "batch_limit",
    holds: (evidence) => isQueued(evidence) && (queue(evidence)?.atMostPercent ?? 0) >= AT_MOST_PERCENT,
    beyond: (evidence) => `the batch is full (${batchText(evidence)}) and requests queue`,
    evidence: (evidence) => {
      const kv = kvText(evidence);
      const cache =
        kv === null ? "the server does not say how full its KV cache was" : `the KV cache was ${kv}`;
      return `${waitedText(evidence)} while ${batchText(evidence)} ran; ${cache}.`;
    },
    remedy: largerBatch,
    refs: ["server/queue"],
  },
  {
    cause: "prefill",
    holds: (evidence) =>
      (isQueued(evidence) && (inPrefill(evidence.level) ?? 0) >= IN_PREFILL) ||
      (isAtEnd(evidence) && isComputing(evidence) && (promptPercent(evidence.level) ?? 0) >= PROMPTS_MOST),
    beyond: () => "prompts come faster than they are computed",
    evidence: (evidence) =>
      isQueued(evidence) && (inPrefill(evidence.level) ?? 0) >= IN_PREFILL
        ? `${waitedText(evidence)}, neither for KV cache nor for a place in the batch, while ${num(inPrefill(evidence.level) ?? 0)} requests were in their prefill on average.`
        : `${sentenceCase(evidence.at)} ${mfuText(evidence)}, and ${num(promptPercent(evidence.level) ?? 0)} % of the computed tokens are prompts.`,
    remedy: ({ settings }) =>
      `Ask for shorter prompts or such that share a prefix, give prompts more of each step${inBrackets(settings?.prefill)}, or add replicas.`,
    refs: ["server/queue", "server/serverPrefillMs", "requestsPerS", "mfuPercent", "inputTokensPerS"],
  },
  {
    cause: "client",
    // That it may have read late makes times uncertain. It bounds the load only where nothing else is found to.
    holds: ({ level, limit }) =>
      (limit === null && level.reasons.includes("client_limited")) ||
      (isOpenLoop(level) && level.reasons.includes("under_delivered")),
    beyond: () => "the load generator may be the limit, and not the endpoint",
    evidence: ({ level, at }) =>
      level.reasons.includes("client_limited")
        ? `${sentenceCase(at)} the load generator may have read late, so what the endpoint does there is not known.`
        : `${sentenceCase(at)} requests were sent late or not at all.`,
    remedy: () => "Give the load generator a core of its own, or a faster machine.",
    refs: ["reasons", "sendLagMs"],
  },
  {
    cause: "power_cap",
    holds: (evidence) => isAtEnd(evidence) && isHeld(evidence, evidence.level.gpu?.powerCappedPercent),
    beyond: () => "the GPU's power limit holds its clocks down",
    evidence: (evidence) =>
      `${sentenceCase(evidence.at)} ${clockText(evidence, evidence.level.gpu?.powerCappedPercent ?? 0, "the power limit")}.`,
    remedy: () => "Raise the GPU's power limit (`nvidia-smi --power-limit`), if its board allows it.",
    refs: ["gpu/powerCappedPercent", "gpu/smMHz", "gpu/powerW"],
  },
  {
    cause: "host_cpu",
    // A GPU that computes all of the time does not wait for its host, however full that is.
    holds: (evidence) =>
      isAtEnd(evidence) &&
      (isGpuBusy(evidence) === false || (isGpuBusy(evidence) === null && cpuState(evidence) === "full")) &&
      (evidence.level.inFlight.value ?? 0) >= 1 &&
      !evidence.level.reasons.includes("under_delivered"),
    beyond: (evidence) =>
      cpuState(evidence) === "full" ? "the host's CPU is full" : "the GPU waits for its host",
    evidence: hostText,
    remedy: (evidence) => HOST_REMEDY[cpuState(evidence) ?? "unknown"],
    refs: ["host/hostCpuPercent", "host/hostBusiestPercent", "gpu/utilPercent", "inFlight"],
  },
  {
    cause: "memory_bandwidth",
    holds: (evidence) =>
      isAtEnd(evidence) &&
      (evidence.level.mbuPercent.value ?? 0) >= MBU_HIGH &&
      (evidence.level.mbuPercent.value ?? 0) >= (evidence.level.mfuPercent.value ?? 0),
    beyond: () => "decoding waits for the GPU's memory",
    evidence: ({ at, level }) =>
      `${sentenceCase(at)} decoding takes ${num(level.mbuPercent.value ?? 0)} % of the memory bandwidth (estimated from TPOT).`,
    remedy: () =>
      "Take fewer bits for weights or KV cache, speculative decoding or a GPU with more bandwidth, or add replicas.",
    refs: ["mbuPercent", "tpotMs"],
  },
  {
    cause: "compute",
    holds: (evidence) => isAtEnd(evidence) && isComputing(evidence),
    beyond: () => "the GPU has hardly any arithmetic left",
    evidence: (evidence) =>
      `${sentenceCase(evidence.at)} ${mfuText(evidence)}, about as much as engines reach.`,
    remedy: () => "Compute in fewer bits (FP8), take a faster GPU, or add replicas.",
    refs: ["mfuPercent"],
  },
  {
    cause: "not_reached",
    holds: (evidence) => !isAtEnd(evidence),
    beyond: () => "nothing was run",
    evidence: ({ level }) =>
      `No load beyond ${loadText(level.load)} was run, and nothing stood at its limit there.`,
    remedy: () => null,
    refs: ["load"],
  },
  {
    cause: "unknown",
    holds: () => true,
    beyond: (evidence) => `${missedText(evidence) ?? seenText(evidence)}; why is not known`,
    evidence: (evidence) => {
      const wanted = wouldTell(evidence);
      return wanted === null
        ? `Nothing that was measured ${evidence.at} stood at its limit: neither queue, KV cache and batch, nor the GPU's clocks, bandwidth and arithmetic.`
        : `What was measured ${evidence.at} does not show it. This would tell: ${wanted}.`;
    },
    remedy: () => null,
    refs: ["server", "gpu", "mbuPercent", "mfuPercent"],
  },
];

/** What bounds the load where no objective does. */
const seenText = ({ limit }: Evidence): string =>
  limit === "queue" ? "requests come faster than they are answered" : "more load brings hardly more";

/** "8 requests" */
const batchText = (evidence: Evidence): string => `${num(queue(evidence)?.mostRunning ?? 0)} requests`;

const HOST_REMEDY = {
  full: "Give the host more or faster cores, and move away what else runs there, such as the load generator.",
  one_core:
    "Give the server faster cores, and move work off the thread that fills one: more processes for its API, or several replicas.",
  free: "Look at what the server does between two steps: the CPU of its host has time left.",
  unknown: "Give the server more or faster cores, and look at what it does between two steps.",
};

/** "the GPU was busy for 60 % of the time", and what the host's CPU did meanwhile. */
function hostText(evidence: Evidence): string {
  const { level, at } = evidence;
  const [busy, state] = [busyPercent(evidence), cpuState(evidence)];
  const flying = `with ${num(level.inFlight.value ?? 0)} requests in flight`;
  const gpu = busy === null ? null : `the GPU was busy for ${num(busy)} % of the time ${flying}`;
  const cpu = state === null ? null : cpuText(level);
  const start = sentenceCase(at);
  if (gpu === null) return `${start} ${cpu ?? ""} ${flying}.`;
  if (cpu === null)
    return `${start} ${gpu}. The rest it waits: for the CPU of its host, or for the server's own scheduling.`;
  return state === "free"
    ? `${start} ${gpu}, and ${cpu}: the GPU waits for the server's own scheduling.`
    : `${start} ${gpu}, while ${cpu}: the GPU waits for it.`;
}

/** "the host's 16 cores were busy for 31 % of the time, and the busiest for 62 %" */
function cpuText({ host }: Level): string {
  const [cpu, busiest, stolen] = [host?.hostCpuPercent, host?.hostBusiestPercent, host?.hostStealPercent].map(
    (figure) => figure?.value ?? null,
  );
  const cores = host?.cores == null ? "the host's cores were" : `the host's ${coresText(host.cores)}`;
  const most = busiest == null ? "" : `, and the busiest for ${num(busiest)} %`;
  const others =
    (stolen ?? 0) < STOLEN_MUCH ? "" : ` (${num(stolen ?? 0)} % more were taken by other machines)`;
  return `${cores} busy for ${num(cpu ?? 0)} % of the time${most}${others}`;
}

const coresText = (count: number): string => (count === 1 ? "core was" : `${num(count)} cores were`);

function largerBatch(evidence: Evidence): string {
  const batch = `the server's largest batch${inBrackets(evidence.settings?.batch)}`;
  if (isComputing(evidence))
    return `Add replicas: ${mfuText(evidence)}, so a larger batch would hardly bring more.`;
  const kv = queue(evidence)?.meanKvPercent ?? null;
  if (kv === null) return `Raise ${batch} as far as its KV cache goes, or add replicas.`;
  return kv < KV_ROOM
    ? `Raise ${batch}: its KV cache has room.`
    : `Raise ${batch} and its KV cache${inBrackets(evidence.settings?.kvCache)} together, or add replicas.`;
}

/** What is missing for a cause to be told. It is null if nothing is. */
function wouldTell({ lacks }: Evidence): string | null {
  const wanted = [
    ...(lacks.server ? ["the server's own metrics (`--metrics`)"] : []),
    ...(lacks.gpu ? ["an agent on the GPU's host (`brimline agent`)"] : []),
    ...(lacks.model ? ["the model's config.json (`--model-config`)"] : []),
    ...(lacks.peak && !lacks.gpu ? ["the GPU's peak (`gpu.peakTflops` of the job)"] : []),
  ];
  return wanted.length === 0 ? null : wanted.join(", ");
}

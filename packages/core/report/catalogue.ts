import type { Figure, Spread } from "../figure.ts";

/** What a figure of a level is, and how every surface names and writes it. */
export interface Entry {
  /** Its name where there is room: "Throughput". */
  label: string;
  /** Its name at the head of a column: "Output". It is the label if it is not given. */
  shortLabel?: string;
  /** Its name on an axis, with its unit: "Output tokens/s". A chart adds ms itself, because it may show seconds. */
  axis?: string;
  /** Its name among the figures at the top of a page, if that is not the label. */
  headline?: string;
  /** The unit of its value, or "" for a plain number. */
  unit: string;
  /** Whether the names say the unit, so that no heading adds it. */
  saysUnit?: true;
  /** How a page writes its value. The last three carry their unit. */
  format: "whole" | "significant" | "duration" | "percent" | "usd";
  /** Which direction is better, or null if neither is. */
  better: "higher" | "lower" | null;
  /** Which table of a page and which part of a print it stands in. */
  group: "throughput" | "latency" | "efficiency" | "server";
  /** The part of a level that has it, if that is not the level itself. */
  of?: "gpu" | "server" | "host";
  /** Whether it is a spread: a distribution over requests. */
  spread?: true;
  /** Whether it rests on output tokens as they come. An answer in one piece has none. */
  streamed?: true;
}

const SPEED = { unit: "tok/s", format: "significant", better: "higher", group: "throughput" } as const;
const LENGTH = { spread: true, unit: "tok", format: "whole", better: null, group: "throughput" } as const;
const LATENCY = { spread: true, unit: "ms", format: "duration", better: "lower", group: "latency" } as const;
const ENERGY = { saysUnit: true, format: "significant", better: "lower", group: "efficiency" } as const;
const MFU = { unit: "%", format: "percent", better: "higher", group: "efficiency" } as const;
const SERVER = { of: "server", better: null, group: "server" } as const;
const SERVER_MS = { ...SERVER, unit: "ms", format: "duration", better: "lower" } as const;
const SERVER_PERCENT = { ...SERVER, unit: "%", format: "percent" } as const;
const GPU = { of: "gpu", better: null, group: "efficiency" } as const;
const HOST = { of: "host", unit: "%", format: "percent", better: null, group: "efficiency" } as const;

/** The rows. Each has a formula in the table of its group, in `figures/`. */
const ENTRIES = {
  inFlight: { ...SPEED, label: "In flight", axis: "Requests in flight", unit: "", better: null },
  requestsPerS: { ...SPEED, label: "Requests/s", unit: "requests/s", saysUnit: true },
  outputTokensPerS: {
    ...SPEED,
    streamed: true,
    label: "Throughput",
    shortLabel: "Output",
    axis: "Output tokens/s",
    format: "whole",
  },
  fullRunOutputTokensPerS: {
    ...SPEED,
    streamed: true,
    label: "Throughput of the full run",
    shortLabel: "Full run",
    format: "whole",
  },
  inputTokensPerS: { ...SPEED, label: "Input", format: "whole" },
  tokensPerSPerUser: {
    ...SPEED,
    streamed: true,
    label: "Throughput per user",
    shortLabel: "Per user",
    axis: "Output tokens/s per user",
  },
  goodputRequestsPerS: { ...SPEED, label: "Goodput", unit: "requests/s" },
  goodPercent: { ...SPEED, label: "In objective", unit: "%", format: "percent" },
  mfuPercent: { ...MFU, streamed: true, label: "MFU", axis: "MFU, % of the dense peak" },
  mfuOutputOnlyPercent: { ...MFU, streamed: true, label: "MFU, output only" },
  mbuPercent: { ...MFU, streamed: true, label: "MBU", axis: "MBU, % of the memory bandwidth" },
  joulePerOutputToken: { ...ENERGY, streamed: true, label: "J per token", unit: "J/tok" },
  dynamicJoulePerOutputToken: { ...ENERGY, streamed: true, label: "J per token, above idle", unit: "J/tok" },
  tokensPerJ: {
    ...ENERGY,
    streamed: true,
    label: "Tokens/J",
    axis: "Output tokens per joule",
    headline: "Energy",
    unit: "tok/J",
    better: "higher",
  },
  kwhPerMTokens: { ...ENERGY, streamed: true, label: "kWh per M tokens", unit: "kWh/M tok" },
  usdPerMOutputTokens: {
    ...ENERGY,
    streamed: true,
    label: "$ per M output tokens",
    shortLabel: "$ per M tokens",
    headline: "Cost",
    unit: "$/M tok",
    format: "usd",
  },
  sendLagMs: { ...LATENCY, label: "Send lag" },
  closeLagMs: { ...LATENCY, streamed: true, label: "Close lag" },
  ttftMs: { ...LATENCY, streamed: true, label: "TTFT", axis: "Time to first token", headline: "First token" },
  ttfoMs: { ...LATENCY, streamed: true, label: "TTFO", axis: "Time to first output" },
  chunkGapMs: { ...LATENCY, streamed: true, label: "Chunk gap" },
  tpotMs: { ...LATENCY, streamed: true, label: "TPOT", axis: "Time per output token" },
  e2eMs: { ...LATENCY, label: "Latency", shortLabel: "E2E" },
  userSpeedTokensPerS: {
    ...SPEED,
    streamed: true,
    spread: true,
    label: "Speed for one user",
    shortLabel: "One user",
    axis: "One user's output tokens/s",
  },
  perRequestTokensPerS: { ...SPEED, streamed: true, spread: true, label: "Per request" },
  outputTokensPerRequest: { ...LENGTH, streamed: true, label: "Output tokens per request" },
  inputTokensPerRequest: { ...LENGTH, label: "Input tokens per request" },
  powerW: { ...GPU, label: "GPU power", shortLabel: "Power", unit: "W", format: "whole" },
  idlePowerW: { ...GPU, label: "GPU power, idle", unit: "W", format: "whole" },
  energyJ: { ...GPU, label: "GPU energy", shortLabel: "Energy", unit: "J", format: "whole" },
  energyIntegralJ: { ...GPU, label: "GPU energy by its power", unit: "J", format: "whole" },
  utilPercent: { ...GPU, label: "GPU busy", shortLabel: "Busy", unit: "%", format: "significant" },
  serverRunning: {
    ...SERVER,
    label: "Running",
    axis: "Requests in the batch",
    unit: "",
    format: "significant",
  },
  serverWaiting: {
    ...SERVER,
    label: "Waiting",
    axis: "Requests in the queue",
    unit: "",
    format: "significant",
  },
  kvPercent: { ...SERVER_PERCENT, label: "KV cache", axis: "KV cache in use, %" },
  kvPeakPercent: { ...SERVER_PERCENT, label: "KV cache, peak" },
  preemptions: { ...SERVER, label: "Preemptions", unit: "", format: "whole", better: "lower" },
  prefixHitPercent: { ...SERVER_PERCENT, label: "Prefix cache hits" },
  draftAcceptedPercent: { ...SERVER_PERCENT, streamed: true, label: "Drafts accepted", better: "higher" },
  serverQueueMs: { ...SERVER_MS, label: "Queue time" },
  serverPrefillMs: { ...SERVER_MS, label: "Prefill time" },
  serverDecodeMs: { ...SERVER_MS, streamed: true, label: "Decode time" },
  serverTtftMs: { ...SERVER_MS, streamed: true, label: "TTFT by the server" },
  ttftOutsideMs: { ...SERVER_MS, streamed: true, label: "TTFT outside the server" },
  serverTpotMs: { ...SERVER_MS, streamed: true, label: "TPOT by the server" },
  serverRequestsPerS: {
    ...SERVER,
    label: "Requests/s by the server",
    unit: "requests/s",
    saysUnit: true,
    format: "significant",
  },
  serverOutputTokensPerS: {
    ...SERVER,
    streamed: true,
    label: "Output by the server",
    unit: "tok/s",
    format: "whole",
  },
  serverInputTokensPerS: { ...SERVER, label: "Input by the server", unit: "tok/s", format: "whole" },
  hostCpuPercent: { ...HOST, label: "Host's CPU", axis: "The host's CPU, %" },
  hostBusiestPercent: { ...HOST, label: "Host's busiest core" },
  hostStealPercent: { ...HOST, label: "Host's CPU, stolen" },
} satisfies Record<string, Entry>;

/** The field of a level, of its GPU, its server or its host that has a figure. */
export type Name = keyof typeof ENTRIES;
type NameWith<Part> = { [Key in Name]: (typeof ENTRIES)[Key] extends Part ? Key : never }[Name];
export type GpuName = NameWith<{ of: "gpu" }>;
export type ServerName = NameWith<{ of: "server" }>;
export type HostName = NameWith<{ of: "host" }>;
export type LevelName = Exclude<Name, GpuName | ServerName | HostName>;
export type SpreadName = NameWith<{ spread: true }>;
export type NameOf<Group extends Entry["group"]> = NameWith<{ group: Group }>;
export type Statistic = Exclude<keyof Spread, "max">;
/** One figure: a name, and for a spread the statistic of it, such as "ttftMs.p95". */
export type FigureKey = Exclude<Name, SpreadName> | `${SpreadName}.${Statistic}`;

type Fields<Names extends Name, OfSpread, OfFigure> = {
  [Key in Names]: Key extends SpreadName ? OfSpread : OfFigure;
};
/** The figures of a level, of its GPU, its server and its host. */
export type Figures = Fields<Name, Spread, Figure>;

/** The catalogue: every figure of a level, in the order of `levels.csv`. */
export const CATALOGUE: Readonly<Record<Name, Entry>> = ENTRIES;
export const NAMES = Object.keys(CATALOGUE) as Name[];
export const GPU_NAMES = NAMES.filter((name): name is GpuName => CATALOGUE[name].of === "gpu");
export const SERVER_NAMES = NAMES.filter((name): name is ServerName => CATALOGUE[name].of === "server");
export const HOST_NAMES = NAMES.filter((name): name is HostName => CATALOGUE[name].of === "host");
export const LEVEL_NAMES = NAMES.filter((name): name is LevelName => CATALOGUE[name].of === undefined);

/** A field for each of some names: one value for spreads, another for single figures. */
export const fieldsOf = <Names extends Name, OfSpread, OfFigure>(
  names: Names[],
  spread: OfSpread,
  figure: OfFigure,
): Fields<Names, OfSpread, OfFigure> =>
  Object.fromEntries(
    names.map((name) => [name, CATALOGUE[name].spread === true ? spread : figure]),
  ) as Fields<Names, OfSpread, OfFigure>;

/**
 * The figures by which two reports are compared. Each run of a level has them too, by the names on the left.
 * Chunk gaps are counted over all runs at once, so no run has its own.
 */
export const RUN_FIGURES = {
  outputTokensPerS: "outputTokensPerS",
  requestsPerS: "requestsPerS",
  ttftP95Ms: "ttftMs.p95",
  tpotP95Ms: "tpotMs.p95",
  goodPercent: "goodPercent",
  joulePerOutputToken: "joulePerOutputToken",
} as const satisfies Record<string, Exclude<FigureKey, `chunkGapMs.${Statistic}`>>;
export type RunField = keyof typeof RUN_FIGURES;
export const RUN_FIELDS = Object.keys(RUN_FIGURES) as RunField[];

/** What a column of figures needs to be called. */
export type Words = Pick<Entry, "label" | "shortLabel" | "axis" | "unit" | "saysUnit">;

/** The columns of a timeline. Some are figures of a level too. */
export const TIMELINE: Readonly<Record<string, Words>> = {
  users: { label: "Users", unit: "" },
  inFlight: ENTRIES.inFlight,
  outputTokensPerS: ENTRIES.outputTokensPerS,
  requestsPerS: ENTRIES.requestsPerS,
  failedPerS: { label: "Failed/s", axis: "Failed requests per second", unit: "requests/s", saysUnit: true },
  ttftMs: ENTRIES.ttftMs,
  ttftMinMs: { label: "TTFT, least", unit: "ms" },
  ttftMaxMs: { label: "TTFT, most", unit: "ms" },
  powerW: ENTRIES.powerW,
  utilPercent: ENTRIES.utilPercent,
  serverRunning: ENTRIES.serverRunning,
  serverWaiting: ENTRIES.serverWaiting,
  kvPercent: ENTRIES.kvPercent,
  hostCpuPercent: ENTRIES.hostCpuPercent,
  memoryMiB: { label: "Memory", axis: "Memory in use, MiB", unit: "MiB" },
  smMHz: { label: "SM clock", unit: "MHz" },
  tempC: { label: "Temperature", unit: "°C" },
};

/** The latencies that an objective can bound. Its bounds have the same names. */
export const OBJECTIVES = ["ttftMs", "tpotMs", "e2eMs"] as const satisfies Name[];

/** What a level shows where, in order. */
export const SHOWN = {
  short: ["outputTokensPerS", "ttftMs.p95", "tpotMs.p50", "ttftMs.p50", "usdPerMOutputTokens"],
  print: [
    "inFlight",
    "ttftMs.mean",
    "ttftMs.p50",
    "ttftMs.p95",
    "ttftMs.p99",
    "tpotMs.p50",
    "e2eMs.mean",
    "e2eMs.p95",
    "e2eMs.p99",
    "outputTokensPerS",
    "perRequestTokensPerS.mean",
    "perRequestTokensPerS.p50",
    "requestsPerS",
    "mfuPercent",
    "mfuOutputOnlyPercent",
    "mbuPercent",
    "powerW",
    "tokensPerJ",
    "hostCpuPercent",
    "usdPerMOutputTokens",
    "serverRunning",
    "serverWaiting",
    "kvPercent",
    "kvPeakPercent",
    "serverQueueMs",
    "serverPrefillMs",
    "ttftOutsideMs",
  ],
  markdown: ["outputTokensPerS", "ttftMs.p50", "ttftMs.p95", "tpotMs.p50", "mfuPercent", "tokensPerJ"],
  page: [
    "inFlight",
    "outputTokensPerS",
    "fullRunOutputTokensPerS",
    "perRequestTokensPerS.mean",
    "perRequestTokensPerS.p50",
    "tokensPerSPerUser",
    "ttftMs.mean",
    "ttftMs.p50",
    "ttftMs.p95",
    "ttftMs.p99",
    "tpotMs.p50",
    "tpotMs.p95",
    "chunkGapMs.p95",
    "e2eMs.mean",
    "e2eMs.p95",
    "e2eMs.p99",
    "powerW",
    "utilPercent",
    "hostCpuPercent",
    "hostBusiestPercent",
    "hostStealPercent",
    "tokensPerJ",
    "joulePerOutputToken",
    "dynamicJoulePerOutputToken",
    "kwhPerMTokens",
    "mfuPercent",
    "mfuOutputOnlyPercent",
    "mbuPercent",
    "usdPerMOutputTokens",
    "serverRunning",
    "serverWaiting",
    "kvPercent",
    "kvPeakPercent",
    "preemptions",
    "prefixHitPercent",
    "draftAcceptedPercent",
    "serverQueueMs",
    "serverPrefillMs",
    "serverDecodeMs",
    "serverTtftMs",
    "ttftOutsideMs",
    "serverTpotMs",
    "serverOutputTokensPerS",
  ],
} satisfies Record<string, FigureKey[]>;

/** What is shown before all else where answers come in one piece. No figure of output tokens is shown then. */
const OF_WHOLE: Record<keyof typeof SHOWN, FigureKey[]> = {
  short: ["requestsPerS", "inputTokensPerS", "e2eMs.p50", "e2eMs.p95"],
  print: ["inputTokensPerS", "e2eMs.p50"],
  markdown: ["requestsPerS", "inputTokensPerS", "e2eMs.p50", "e2eMs.p95"],
  page: ["requestsPerS", "inputTokensPerS", "e2eMs.p50"],
};

const isOfTokens = (key: FigureKey): boolean =>
  (Object.keys(ENTRIES) as Name[]).some(
    (name) => CATALOGUE[name].streamed === true && (key === name || key.startsWith(`${name}.`)),
  );

/** The figures that a list shows, by whether answers are streams of tokens. */
export const shown = (list: keyof typeof SHOWN, isStreamed: boolean): FigureKey[] =>
  isStreamed ? SHOWN[list] : [...OF_WHOLE[list], ...SHOWN[list].filter((key) => !isOfTokens(key))];

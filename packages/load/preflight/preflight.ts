import type { EndpointTraits } from "@brimline/core/dialect/dialect";
import { DIALECTS } from "@brimline/core/dialect/dialects";
import { BrimlineError } from "@brimline/core/error";
import { EVERY_WORD, type PromptCount } from "@brimline/core/job/calibration";
import type { Problem } from "@brimline/core/job/job";
import { type EndpointSecrets, namesOf } from "@brimline/core/job/endpoint-secrets";
import { promptText } from "@brimline/core/job/prompt";
import { requestBody } from "@brimline/core/job/request-body";
import type { JobSpec } from "@brimline/core/job/spec";
import type { RequestRecord } from "@brimline/core/record/record";
import type { Secret } from "@brimline/core/secret";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import {
  modelsPath,
  requestHeaders,
  requestLimits,
  requestPath,
  hiddenWords,
  textOf,
} from "../request/endpoint.ts";
import { safeText } from "../request/failure-text.ts";
import type { Guard } from "../guard/guard.ts";
import { servedModels } from "./models.ts";
import type { RequestEnd } from "../request/request.ts";
import { type UndiciConnection, undiciConnection } from "../transport/undici.ts";
import { type Asked, judgeFailure, lastProblem, modelUnknown } from "./verdict.ts";

/** What preflight found out. It is the body of `preflight.json`. */
export interface Preflight {
  verdict: "accepted" | "rejected";
  problem: Problem | null;
  /** How many requests the endpoint got, at most 3. */
  requests: number;
  /** The endpoint's `server` header. */
  server: string | null;
  simulated: boolean;
  /** Whether it reports token usage that can be true. */
  usage: boolean;
  /**
   * Whether it gave exactly the asked number of tokens for a prompt that wants a single word. It is null
   * where that cannot be told.
   */
  ignoreEosHonoured: boolean | null;
  traits: EndpointTraits;
  /** Whether its stream said that the answer was whole. It is null without a good answer. */
  saysEnd: boolean | null;
  /**
   * How many tokens it counted in a short and in a longer prompt. It is empty where the endpoint does not
   * tell.
   */
  promptCounts: PromptCount[];
}

/** An endpoint that may be no LLM at all gets no more requests than these. */
export const REQUESTS_MAX = 3;
/** The longest time that preflight may take, so that a job that cannot run says so within 10 s. */
const TIME_MAX_MS = 9000;
const ANSWER_TOKENS = 16;
/**
 * A model answers it with one word, unless the endpoint ignores the end of the answer as it was told. It has
 * plain words, because they are counted too.
 */
const PROMPT = "Reply with only the word ready";
/**
 * The second prompt is asked only if so much time is left. Less is left only where the endpoint is slow, and
 * the job can do without it.
 */
const COUNTING_MIN_MS = 1000;

/** Whom preflight asks, and how. */
export interface PreflightOptions {
  spec: JobSpec;
  secrets: EndpointSecrets;
  guard: Guard;
  /** How many requests the endpoint may have got already, fewer than `REQUESTS_MAX`. */
  asked?: number;
  /**
   * It is awaited before each request, the first of which is `asked + 1`. If it rejects, no more is sent and
   * its error is thrown.
   */
  beforeRequest?: (nth: number) => Promise<void>;
}

/**
 * Asks the endpoint for one short answer, and again with fewer or other fields where it refuses some. It
 * sends at most three requests in 9 s, and accepts the endpoint only if an LLM's stream comes back.
 */
export async function preflight({
  spec,
  secrets,
  guard,
  asked = 0,
  beforeRequest = async () => {},
}: PreflightOptions): Promise<Preflight> {
  const target = judged(guard, spec.endpoint.url);
  if (!(target instanceof URL))
    return { ...UNASKED, requests: asked, problem: target, traits: firstTraits(spec) };
  const limits = requestLimits(spec);
  const connection = undiciConnection(
    target,
    guard.connect({ connectTimeoutMs: Math.min(limits.connectMs, TIME_MAX_MS / 2) }),
    limits,
  );
  try {
    const headers = requestHeaders(spec.endpoint, secrets);
    const hidden = hiddenWords(spec.endpoint, secrets);
    return await examine({ spec, secrets, connection, target, headers, hidden, asked, beforeRequest });
  } finally {
    connection.cut();
  }
}

const UNASKED = {
  verdict: "rejected",
  server: null,
  simulated: false,
  usage: false,
  ignoreEosHonoured: null,
  saysEnd: null,
  promptCounts: [] satisfies PromptCount[],
} as const;

/** The URL, or the problem for which it may not be asked at all. */
function judged(guard: Guard, url: string): URL | Problem {
  try {
    return guard.judge(url);
  } catch (error) {
    if (!(error instanceof BrimlineError)) throw error;
    return { code: error.code, title: "The endpoint's address is refused", detail: error.message };
  }
}

/** Requests carry all that the job wants, until the endpoint refuses some of it. */
function firstTraits({ endpoint, workload }: JobSpec): EndpointTraits {
  const { lengthOption } = DIALECTS[endpoint.api];
  return { without: lengthOption !== null && workload.ignoreEos === false ? [lengthOption] : [] };
}

/** Whom preflight asks, and how. */
interface Examined extends Required<Pick<PreflightOptions, "spec" | "secrets" | "asked" | "beforeRequest">> {
  connection: UndiciConnection;
  target: URL;
  headers: Record<string, string>;
  /** What must not be seen in what the endpoint says. */
  hidden: Secret[];
}

async function examine(examined: Examined): Promise<Preflight> {
  const { spec, secrets, connection, target, headers, hidden, beforeRequest } = examined;
  const deadlineMs = performance.now() + TIME_MAX_MS;
  const leftMs = (): number => Math.max(1, deadlineMs - performance.now());
  const seen: Pick<Preflight, "server" | "simulated"> = { server: null, simulated: false };
  let asked: Asked = {
    url: target,
    dialect: DIALECTS[spec.endpoint.api],
    model: spec.endpoint.model,
    credentials: namesOf(secrets),
    traits: firstTraits(spec),
    outputTokens: ANSWER_TOKENS,
    wasUnlucky: false,
  };
  const rejected = (problem: Problem, requests: number): Preflight => ({
    verdict: "rejected",
    problem,
    requests,
    ...seen,
    usage: false,
    ignoreEosHonoured: null,
    traits: asked.traits,
    saysEnd: null,
    promptCounts: [],
  });

  for (let requests = examined.asked + 1; ; requests++) {
    await beforeRequest(requests);
    const end = await askOnce(examined, asked, PROMPT, leftMs());
    seen.server ??= textOf(end.headers.server);
    seen.simulated ||= end.headers["x-brimline-sim"] !== undefined;
    if (end.record.outcome === "ok")
      return { ...(await accepted(examined, asked, end, requests, leftMs)), ...seen };
    const verdict = judgeFailure(end, asked, REQUESTS_MAX - requests);
    if ("problem" in verdict) {
      if (verdict.problem.code !== "model_unknown" || requests === REQUESTS_MAX)
        return rejected(verdict.problem, requests);
      await beforeRequest(requests + 1);
      const served = await servedModels(connection, modelsPath(target, secrets), headers, leftMs());
      const names = served.map((name) => safeText(name, hidden));
      return rejected(modelUnknown(asked, end.record.errorText ?? "", names), requests + 1);
    }
    if (requests === REQUESTS_MAX || verdict.afterMs >= leftMs())
      return rejected(lastProblem(end, asked), requests);
    asked = verdict.retry;
    await sleep(verdict.afterMs);
  }
}

/** Accepts an endpoint, after a second prompt that shows how it counts tokens if there is a request and time for it. */
async function accepted(
  examined: Examined,
  asked: Asked,
  { record, saidEnd }: RequestEnd,
  requests: number,
  leftMs: () => number,
): Promise<Omit<Preflight, "server" | "simulated">> {
  const { spec, beforeRequest } = examined;
  const verdict = {
    verdict: "accepted",
    problem: null,
    saysEnd: saidEnd,
    ...learnt(record, asked, spec),
  } as const;
  const short = countOf(PROMPT, record);
  const isCounting =
    short !== null &&
    spec.workload.prompts === undefined &&
    requests < REQUESTS_MAX &&
    leftMs() >= COUNTING_MIN_MS;
  if (!isCounting) return { ...verdict, requests, promptCounts: [] };
  await beforeRequest(requests + 1);
  const second = await askOnce(
    examined,
    { ...asked, traits: verdict.traits, outputTokens: 1 },
    EVERY_WORD,
    leftMs(),
  );
  const longer = countOf(EVERY_WORD, second.record);
  return { ...verdict, requests: requests + 1, promptCounts: longer === null ? [] : [short, longer] };
}

/** Asks one question, with a salt if the job's prompts have one. */
function askOnce(
  { spec, secrets, connection, target, headers, hidden }: Examined,
  { dialect, traits, outputTokens }: Asked,
  question: string,
  totalMs: number,
): Promise<RequestEnd> {
  const limits = requestLimits(spec);
  const prompt = promptText({ index: 0, words: 0, textSeed: 0 }, { ...spec.workload, prompts: [question] });
  const request = connection.send({
    index: 0,
    user: null,
    t0Ms: performance.now(),
    dueMs: 0,
    dialect,
    path: requestPath(target, dialect, secrets),
    headers,
    body: JSON.stringify(requestBody({ prompt, outputTokens }, spec, traits)),
    outputTokens,
    limits: { ...limits, totalMs: Math.min(limits.totalMs, totalMs) },
    explain: (_kind, text) => safeText(text, hidden),
  });
  return request.ended;
}

/** The tokens that the endpoint counts in a prompt, whatever became of its answer. */
const countOf = (prompt: string, { tokens }: RequestRecord): PromptCount | null =>
  tokens.input === null ? null : { words: prompt.split(" ").length, tokens: tokens.input };

/** What a good answer tells about usage and about how long answers are. */
function learnt(
  record: RequestRecord,
  asked: Asked,
  spec: JobSpec,
): Pick<Preflight, "usage" | "ignoreEosHonoured" | "traits"> {
  const { traits } = asked;
  const option = asked.dialect.lengthOption;
  const usage = record.tokens.source === "usage" || record.tokens.source === "chunk_usage";
  if (option === null || traits.without.includes(option)) return { usage, ignoreEosHonoured: null, traits };
  const ignoreEosHonoured = isLengthKept(record, asked.outputTokens, usage);
  // With `ignoreEos: "auto"` the option is not sent to an endpoint that takes it but does not act on it.
  const isOfUse = ignoreEosHonoured !== false || spec.workload.ignoreEos !== "auto";
  return {
    usage,
    ignoreEosHonoured,
    traits: isOfUse ? traits : { without: [...traits.without, option] },
  };
}

function isLengthKept(record: RequestRecord, askedTokens: number, usage: boolean): boolean | null {
  // The answer has nothing but reasoning, so it was cut before its natural end could show.
  if (record.firstVisibleMs === null) return null;
  if (usage) return record.tokens.output === askedTokens;
  if (record.finishReason === null) return null;
  return record.finishReason === "length";
}

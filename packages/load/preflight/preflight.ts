import type { EndpointTraits } from "@brimline/core/dialect/dialect";
import { Api, apiOf, DIALECTS } from "@brimline/core/dialect/dialects";
import { BrimlineError } from "@brimline/core/error";
import { EVERY_WORD, type PromptCount } from "@brimline/core/job/request/calibration";
import { type EndpointSecrets, namesOf } from "@brimline/core/job/spec/endpoint-secrets";
import type { Problem } from "@brimline/core/job/state/problem";
import { type JobSpec, withApi } from "@brimline/core/job/spec/spec";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Guard } from "../guard/guard.ts";
import { hiddenWords, requestLimits, textOf, tlsOptions } from "../request/endpoint.ts";
import type { RequestEnd } from "../request/request.ts";
import type { TransportOptions } from "../transport/transport-over.ts";
import { ask, connectionTo, type Line, type Step } from "./ask.ts";
import type { Asked } from "./asked.ts";
import { unsaidHttp2 } from "./http2.ts";
import { countOf, learnt } from "./learnt.ts";
import { askModels } from "./models.ts";
import { type Bounds, patienceOf } from "./patience.ts";
import { modelUnknown, problemOf, saidBy } from "./problems.ts";
import { isNotUp, notUpPauseMs } from "./up.ts";
import { judgeFailure } from "./verdict.ts";

/** What preflight found out. It is the body of `preflight.json`. */
export interface Preflight {
  verdict: "accepted" | "rejected";
  problem: Problem | null;
  /** How many requests that count the endpoint got, at most 3. */
  requests: number;
  /** The kind that it speaks, as far as that was found. */
  api: Api;
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
   * How many tokens it counted in a short and in a longer prompt, in this order. It is empty where the endpoint does not
   * tell.
   */
  promptCounts: PromptCount[];
}

/**
 * An endpoint that may be no LLM at all gets no more requests than these. One that shows that it does not speak a
 * kind does not count; there is at most one for each kind.
 */
export const REQUESTS_MAX = 3;

/** The kinds that may be asked after the first, in this order. A kind that the job names is the only one. */
function otherApis({ endpoint: { api }, workload: { images } }: JobSpec): Api[] {
  if (api !== "auto") return [];
  const taking = Api.options.filter((other) => images === undefined || DIALECTS[other].takesImages);
  return taking.filter((other) => other !== apiOf(api));
}

const ANSWER_TOKENS = 16;
/**
 * A model answers it with one word, unless the endpoint ignores the end of the answer as it was told. It has
 * plain words, because they are counted too. A model that ends its answer to it at once gets `EVERY_WORD`.
 */
const PROMPT = "Reply with only the word ready";
/** The longest that the second prompt and the list of models may take. The job can do without them. */
const EXTRA_MAX_MS = 9000;
/** So many of the models that it lists are named. */
const NAMES_MAX = 5;
/** A shorter pause is not told. */
const PAUSE_TOLD_MS = 500;

/** Whom preflight asks, how, and for how long. */
export interface PreflightOptions extends Bounds {
  spec: JobSpec;
  secrets: EndpointSecrets;
  guard: Guard;
  /** How many requests that count the endpoint may have got already, fewer than `REQUESTS_MAX`. */
  asked?: number;
  /** It is awaited before each step. If it rejects, no more is sent and its error is thrown. */
  onStep?: (step: Step) => Promise<void>;
  /** Its abort cuts the request, and preflight rejects. */
  signal?: AbortSignal;
}

/** How long a job waits for its endpoint, s: no longer than it may last. */
export const waitOf = ({ waitS, limits }: JobSpec): number => Math.min(waitS, limits.maxDurationS);

/**
 * Asks the endpoint for one short answer, and again with fewer or other fields where it refuses some. It
 * sends at most three requests that count, each of which may take as long as the job's own limits say, and
 * accepts the endpoint only if an LLM's stream comes back, or what else its kind answers. Where the job names no
 * kind, and the endpoint does not speak the first, it asks the others. A request that finds the endpoint not up does not
 * count while the job waits for it. The answer is null if the turn of this call is over meanwhile.
 */
export async function preflight({
  spec,
  secrets,
  guard,
  asked = 0,
  onStep = async () => {},
  signal = new AbortController().signal,
  ...bounds
}: PreflightOptions): Promise<Preflight | null> {
  const target = judged(guard, spec.endpoint.url);
  if (!(target instanceof URL)) return rejection(target, asked, firstAsked(spec));
  const limits = requestLimits(spec);
  const tls = tlsOptions(spec.endpoint, secrets);
  const to = { target, guard, limits, tls };
  const connection = connectionTo(to);
  const line: Line = {
    spec,
    connection,
    target,
    secrets,
    hidden: hiddenWords(spec.endpoint, secrets),
    patience: patienceOf(bounds),
    onStep,
    signal,
  };
  try {
    return await examine(line, to, asked);
  } finally {
    connection.cut();
  }
}

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
function firstAsked(spec: JobSpec): Pick<Asked, "dialect" | "api" | "otherApis" | "triedApis" | "traits"> {
  const api = apiOf(spec.endpoint.api);
  return {
    dialect: DIALECTS[api],
    api,
    otherApis: otherApis(spec),
    triedApis: [],
    traits: firstTraits(spec, api),
  };
}

/** The same, of another kind. */
const askedAs = (api: Api, asked: Asked, spec: JobSpec): Asked => ({
  ...asked,
  dialect: DIALECTS[api],
  api,
  otherApis: asked.otherApis.filter((other) => other !== api),
  triedApis: [...asked.triedApis, asked.api],
  traits: firstTraits(spec, api),
});

function firstTraits({ workload }: JobSpec, api: Api): EndpointTraits {
  const { lengthOption } = DIALECTS[api];
  return { without: lengthOption !== null && workload.ignoreEos === false ? [lengthOption] : [] };
}

/** What any answer tells of the endpoint. */
type Seen = Pick<Preflight, "server" | "simulated">;
const NOTHING_SEEN: Seen = { server: null, simulated: false };

const rejection = (
  problem: Problem,
  requests: number,
  { api, traits }: Pick<Asked, "api" | "traits">,
  seen = NOTHING_SEEN,
): Preflight => ({
  verdict: "rejected",
  problem,
  requests,
  api,
  ...seen,
  usage: false,
  ignoreEosHonoured: null,
  traits,
  saysEnd: null,
  promptCounts: [],
});

/** A wait keeps so much for its last try. With less, that would tell of the wait and not of the endpoint. */
const LAST_TRY_MS = 250;

/** `before` is how many requests that count were sent before. */
async function examine(line: Line, to: TransportOptions, before: number): Promise<Preflight | null> {
  const { spec, patience, onStep, signal } = line;
  let asked: Asked = {
    url: line.target,
    ...firstAsked(spec),
    model: spec.endpoint.model,
    credentials: namesOf(line.secrets),
    waitS: waitOf(spec),
    outputTokens: ANSWER_TOKENS,
    thinksUnseen: false,
    hasImages: spec.workload.images !== undefined,
    hasEndedAtOnce: false,
    wasUnlucky: false,
  };
  const seen = { ...NOTHING_SEEN };
  let requests = before + 1;
  let notUp = 0;
  for (;;) {
    const sentMs = performance.now();
    const end = await ask(line, asked, asked.hasEndedAtOnce ? EVERY_WORD : PROMPT);
    seen.server ??= textOf(end.headers.server);
    seen.simulated ||= end.headers["x-brimline-sim"] !== undefined;
    const rejectedFor = async (problem: Problem): Promise<Preflight> =>
      rejection((await unsaidHttp2(to, end)) ?? problem, requests, asked, seen);
    if (spec.waitS > 0 && isNotUp(end)) {
      const waitMs = patience.waitLeftMs();
      if (waitMs <= LAST_TRY_MS) return rejectedFor(problemOf(end, asked));
      await onStep({ waitsFor: "endpoint", atMostMs: waitMs, said: saidBy(end), isUncounted: true });
      if (patience.isTurnOver()) return null;
      const pauseMs = Math.min(notUpPauseMs(++notUp, end.retryAfterMs), waitMs - LAST_TRY_MS);
      await sleep(pauseMs, undefined, { signal });
      continue;
    }
    patience.met(sentMs);
    const left = REQUESTS_MAX - requests;
    if (end.record.outcome === "ok")
      return { ...(await accepted(line, asked, end, requests, left)), ...seen };
    const verdict = judgeFailure(end, asked, left);
    if ("problem" in verdict) {
      const named = verdict.problem.code === "model_unknown" && left > 0 ? await served(line, asked) : null;
      return named === null
        ? rejectedFor(verdict.problem)
        : rejection(modelUnknown(asked, end.record.errorText ?? "", named), requests + 1, asked, seen);
    }
    if ("api" in verdict) {
      await onStep({ waitsFor: "again", atMostMs: 0, said: saidBy(end), isUncounted: true });
      asked = askedAs(verdict.api, asked, spec);
      continue;
    }
    if (left === 0 || verdict.afterMs >= patience.askLeftMs()) return rejectedFor(problemOf(end, asked));
    const { retry, afterMs } = verdict;
    asked = retry;
    if (afterMs >= PAUSE_TOLD_MS) await onStep({ waitsFor: "again", atMostMs: afterMs, said: saidBy(end) });
    await sleep(afterMs, undefined, { signal });
    requests++;
  }
}

/** The models that the endpoint lists. Asking for them counts as a request. */
async function served(line: Line, { api }: Asked): Promise<string[]> {
  const atMostMs = Math.min(EXTRA_MAX_MS, line.patience.askLeftMs());
  await line.onStep({ waitsFor: "answer", atMostMs, said: null });
  return (await askModels({ ...line, spec: withApi(line.spec, api) }, atMostMs)).models.slice(0, NAMES_MAX);
}

/** Accepts an endpoint, after a second prompt that shows how it counts tokens if there is a request for it. */
async function accepted(
  line: Line,
  asked: Asked,
  { record, saidEnd }: RequestEnd,
  requests: number,
  left: number,
): Promise<Omit<Preflight, keyof Seen>> {
  const { spec } = line;
  const verdict = {
    verdict: "accepted",
    problem: null,
    api: asked.api,
    saysEnd: saidEnd,
    ...learnt(record, asked, spec),
  } as const;
  const [prompt, other] = asked.hasEndedAtOnce ? [EVERY_WORD, PROMPT] : [PROMPT, EVERY_WORD];
  const first = countOf(prompt, record);
  if (first === null || spec.workload.prompts !== undefined || left === 0)
    return { ...verdict, requests, promptCounts: [] };
  // Its answer may lack every token.
  const brief = { ...asked, traits: { without: verdict.traits.without }, outputTokens: 1 };
  const end = await ask(line, brief, other, EXTRA_MAX_MS);
  const second = countOf(other, end.record);
  const counts = second === null ? [] : [first, second].toSorted((a, b) => a.words - b.words);
  return { ...verdict, requests: requests + 1, promptCounts: counts };
}

import { type Dialect, NOTHING } from "@brimline/core/dialect/dialect";
import { jsonOf, listOf } from "@brimline/core/dialect/json";
import { type EndpointSecrets, namesOf } from "@brimline/core/job/spec/endpoint-secrets";
import type { Problem } from "@brimline/core/job/state/problem";
import type { JobSpec } from "@brimline/core/job/spec/spec";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Guard } from "../guard/guard.ts";
import { hiddenWords, modelsPath, requestHeaders, requestLimits, tlsOptions } from "../request/endpoint.ts";
import { safeText } from "../request/failure-text.ts";
import type { RequestEnd } from "../request/request.ts";
import { connectionTo, type Line } from "./ask.ts";
import { notFound, problemOf, refused, saidBy, unauthorized } from "./problems.ts";
import { tlsDemand } from "./tls-problem.ts";
import { isNotUp, notUpPauseMs } from "./up.ts";
import type { Asked } from "./asked.ts";

const NAME = /^[\x20-\x7e]{1,100}$/;

/** The list of models, asked and read as a kind of endpoint is. `take` is told the names in it. */
const listing = (take: (names: string[]) => void): Dialect => ({
  path: "models",
  headers: {},
  keyHeader: "authorization",
  streams: false,
  takesImages: false,
  unread: { ofAnswers: [], ofEvents: [] },
  reservedFields: [],
  options: [],
  lengthOption: null,
  body: () => ({}),
  read(data) {
    const list = jsonOf(data)?.["data"];
    if (!Array.isArray(list)) return null;
    take(listOf(list).flatMap(({ id }) => (typeof id === "string" && NAME.test(id) ? [id] : [])));
    return { ...NOTHING, output: true, visible: true, done: true };
  },
  isWhole: () => false,
  words: {
    kind: "list of models",
    request: "list of models",
    server: "OpenAI-compatible LLM server",
    end: "a list",
    outputs: "model",
  },
});

/** Asks the endpoint for the models that it lists. They are none where the request failed. */
export async function askModels(
  { spec, connection, target, secrets, hidden }: Omit<Line, "patience" | "onStep" | "signal">,
  totalMs: number,
): Promise<{ end: RequestEnd; models: string[]; dialect: Dialect }> {
  let models: string[] = [];
  const dialect = listing((names) => (models = names));
  const { "content-type": _, ...own } = requestHeaders(spec.endpoint, secrets);
  const { ended } = connection.send({
    index: 0,
    user: null,
    t0Ms: performance.now(),
    dueMs: 0,
    dialect,
    path: modelsPath(target, secrets),
    headers: { ...own, accept: "application/json" },
    body: null,
    outputTokens: 1,
    limits: { ...requestLimits(spec), totalMs },
    explain: (_kind, text) => safeText(text, hidden),
  });
  const end = await ended;
  return { end, models: models.map((name) => safeText(name, hidden)), dialect };
}

/** Whose models are asked for, and for how long. */
export interface ModelsOptions {
  /** Its model is not known yet, and nothing of it is sent. */
  spec: JobSpec;
  secrets: EndpointSecrets;
  guard: Guard;
  totalMs: number;
  /** It is called once, with what became of the request, if the endpoint is not up and the job waits for it. */
  onNotUp?: (said: string) => void;
}

/**
 * The models that an endpoint lists, or why there is no list, in the words of preflight. An endpoint that is not
 * up is asked again for as long as its job waits. It throws a BrimlineError where the URL is refused.
 */
export async function listedModels({
  spec,
  secrets,
  guard,
  totalMs,
  onNotUp = () => {},
}: ModelsOptions): Promise<{ models: string[] } | { problem: Problem }> {
  const { endpoint, waitS } = spec;
  const target = guard.judge(endpoint.url);
  const limits = requestLimits(spec);
  const connection = connectionTo({
    target,
    guard,
    limits: { ...limits, connectMs: Math.min(limits.connectMs, totalMs) },
    tls: tlsOptions(endpoint, secrets),
  });
  const hidden = hiddenWords(endpoint, secrets);
  const untilMs = performance.now() + 1000 * waitS;
  try {
    for (let nth = 1; ; nth++) {
      const line = { spec, connection, target, secrets, hidden };
      const { end, models, dialect } = await askModels(line, totalMs);
      if (end.record.outcome === "ok") return { models };
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0 || !isNotUp(end))
        return { problem: problemIn(end, askedOf(target, dialect, secrets, waitS)) };
      if (nth === 1) onNotUp(saidBy(end));
      await sleep(Math.min(notUpPauseMs(nth, end.retryAfterMs), leftMs));
    }
  } finally {
    connection.cut();
  }
}

const askedOf = (url: URL, dialect: Dialect, secrets: EndpointSecrets, waitS: number): Asked => ({
  url,
  dialect,
  api: "chat",
  otherApis: [],
  triedApis: [],
  model: "",
  credentials: namesOf(secrets),
  waitS,
  traits: { without: [] },
  hasImages: false,
  outputTokens: 1,
  thinksUnseen: false,
  hasEndedAtOnce: true,
  wasUnlucky: true,
});

function problemIn(end: RequestEnd, asked: Asked): Problem {
  const { record } = end;
  const text = record.errorText ?? "";
  const status = record.status ?? 400;
  const demand = tlsDemand(asked.url.host, text);
  if (demand !== null) return demand;
  if (status === 401 || status === 403) return unauthorized(status, text, asked);
  if (status === 404 || status === 405) return notFound(status, text, asked);
  if (record.outcome === "http_4xx") return refused(status, text, asked);
  // JSON of something else is no list, and no stream either.
  const isOther = record.outcome === "malformed_events";
  return problemOf(isOther ? { ...end, record: { ...record, outcome: "protocol" } } : end, asked);
}

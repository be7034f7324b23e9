import { imagesOf } from "@brimline/core/job/request/images";
import { promptText } from "@brimline/core/job/request/prompt";
import type { EndpointSecrets } from "@brimline/core/job/spec/endpoint-secrets";
import type { WaitsFor } from "@brimline/core/job/state/job";
import { requestBody } from "@brimline/core/job/request/request-body";
import { type JobSpec, withApi } from "@brimline/core/job/spec/spec";
import type { Secret } from "@brimline/core/secret";
import { performance } from "node:perf_hooks";
import { requestHeaders, requestLimits, requestPath } from "../request/endpoint.ts";
import { safeText } from "../request/failure-text.ts";
import type { RequestEnd } from "../request/request.ts";
import { openNodeWire } from "../transport/node-wire.ts";
import type { Connection } from "../transport/transport.ts";
import { type TransportOptions, transportOver } from "../transport/transport-over.ts";
import type { Patience } from "./patience.ts";
import type { Asked } from "./asked.ts";

/**
 * What preflight is about to do. `answer`: it sends a request. `stream`: output of it has come. `again`: it asks
 * again after a pause. `endpoint`: the last request found the endpoint not up, and preflight waits for it.
 */
export interface Step {
  waitsFor: WaitsFor;
  atMostMs: number;
  /** What became of the last request, where it waits because of that. */
  said: string | null;
  /** The last request does not count: it found the endpoint not up, or of another kind. */
  isUncounted?: true;
}

/** Over which connection an endpoint is asked, with what, and for how long. */
export interface Line {
  spec: JobSpec;
  connection: Connection;
  target: URL;
  secrets: EndpointSecrets;
  /** What must not be seen in what the endpoint says. */
  hidden: Secret[];
  patience: Patience;
  onStep: (step: Step) => Promise<void>;
  signal: AbortSignal;
}

/** A connection that reads as the load's do, but over Node's own sockets, which need no trial. */
export const connectionTo = (options: TransportOptions): Connection =>
  transportOver(openNodeWire, "process")(options)();

/** How often a request is looked at, to tell of its first output. */
const LOOK_EVERY_MS = 1000;

/**
 * Asks one question, with a salt if the job's prompts have one. It takes as long as the job's own limits let a
 * request take, or as the job waits for its endpoint if that is longer, but no longer than `mostMs`. An abort
 * cuts it, and the call rejects with its reason.
 */
export async function ask(
  { spec, connection, target, secrets, hidden, patience, onStep, signal }: Line,
  { dialect, api, traits, outputTokens }: Asked,
  question: string,
  mostMs = Infinity,
): Promise<RequestEnd> {
  const limits = requestLimits(spec);
  const spoken = withApi(spec, api);
  const { images } = spec.workload;
  // A model may load for as long as the job waits for its endpoint.
  const waitMs = patience.waitLeftMs();
  const headersMs = Math.max(limits.headersMs, waitMs);
  const totalMs = Math.min(Math.max(limits.totalMs, waitMs), patience.askLeftMs(), mostMs);
  await onStep({ waitsFor: "answer", atMostMs: Math.min(headersMs, totalMs), said: null });
  signal.throwIfAborted();
  const prompt = promptText({ index: 0, words: 0, textSeed: 0 }, { ...spec.workload, prompts: [question] });
  const request = connection.send({
    index: 0,
    user: null,
    t0Ms: performance.now(),
    dueMs: 0,
    dialect,
    path: requestPath(target, dialect, secrets),
    headers: requestHeaders(spoken.endpoint, secrets),
    body: JSON.stringify(
      requestBody(
        { prompt, images: images === undefined ? [] : imagesOf(images, 0), outputTokens },
        spoken,
        traits,
      ),
    ),
    outputTokens,
    limits: { ...limits, headersMs, totalMs },
    explain: (_kind, text) => safeText(text, hidden),
  });
  const cut = (): void => request.cut();
  signal.addEventListener("abort", cut);
  let told: Promise<void> = Promise.resolve();
  const look = setInterval(() => {
    if (request.chunks() === 0) return;
    clearInterval(look);
    told = onStep({ waitsFor: "stream", atMostMs: totalMs, said: null });
    // It is awaited when the request has ended.
    told.catch(() => {});
  }, LOOK_EVERY_MS);
  const end = await request.ended;
  clearInterval(look);
  signal.removeEventListener("abort", cut);
  await told;
  signal.throwIfAborted();
  return end;
}

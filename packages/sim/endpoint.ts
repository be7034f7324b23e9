import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError } from "./api-error.ts";
import { type Answers, createAnswers } from "./answers.ts";
import { nowMs } from "./clock.ts";
import { applyFaults, checkKey, type Faults } from "./faults.ts";
import { gpuStateOf, type SimGpuState } from "./gpu.ts";
import { EVERYTHING } from "./fronts.ts";
import { chat } from "./kinds/chat.ts";
import type { Kind } from "./kinds/kind.ts";
import type { ChunkLog } from "./log.ts";
import { PRESETS, type Preset } from "./presets.ts";
import { prometheusText } from "./prometheus.ts";

export interface EndpointOptions {
  /** The default is 127.0.0.1. */
  host?: string;
  /** The default is 0, which means any free port. */
  port?: number;
  /** The world to simulate. The default is `PRESETS["a40-8b"]`. */
  preset?: Preset;
  faults?: Faults;
}

/** What `GET /sim/state` answers. Times are Unix ms by the monotonic clock. Sums count from the start. */
export interface EndpointState {
  nowMs: number;
  model: string;
  /** The number of answers that have not ended. */
  open: number;
  running: number;
  waiting: number;
  requests: number;
  finished: number;
  cancelled: number;
  promptTokens: number;
  outputTokens: number;
  /** The time that the engine spent in iterations. */
  busyMs: number;
  /** That time × requests in the batch. */
  batchMs: number;
  gpu: SimGpuState;
}

export interface Endpoint {
  /** The base URL with its path, which is `/v1` unless the preset has another. */
  url: string;
  /** It grows as requests come. */
  log: ChunkLog;
  state(): EndpointState;
  gpu(): SimGpuState;
  /** Cuts every open connection and frees the port. */
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 16 * 1024 * 1024;
/**
 * It is longer than any pause between two levels, so that a client's kept-alive connection is never closed
 * under it.
 */
const KEEP_ALIVE_MS = 75_000;
const WEB_PAGE = "<!doctype html><title>Welcome</title><h1>It works!</h1>\n";

/** Starts an endpoint that speaks every kind of API (`kinds.ts`), or those of its preset's front, and answers with the timing of the batching model (`model.ts`). */
export async function startEndpoint(options: EndpointOptions = {}): Promise<Endpoint> {
  const preset = options.preset ?? PRESETS["a40-8b"];
  const front = preset.front ?? EVERYTHING;
  const faults = options.faults ?? {};
  const log: ChunkLog = [];
  const answers = createAnswers(preset, faults, log);
  let asked = 0;

  const gpu = (): SimGpuState => gpuStateOf(preset.gpu, answers.counts());
  const state = (): EndpointState => ({
    nowMs: nowMs(),
    model: preset.model,
    open: answers.openCount(),
    ...answers.counts(),
    ...answers.totals(),
    gpu: gpu(),
  });

  async function answer(
    kind: Kind,
    request: IncomingMessage,
    response: ServerResponse,
    receivedMs: number,
  ): Promise<void> {
    const index = asked++;
    if (faults.delayMs !== undefined) await sleep(faults.delayMs);
    applyFaults(faults, index);
    const wanted = kind.read(parse(await bodyOf(request)), preset);
    if (!response.destroyed) answers.begin(response, kind, wanted, receivedMs);
  }

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const receivedMs = nowMs();
    const path = pathOf(request);
    response.setHeader("x-brimline-sim", "1");
    if (path === "/sim/state") return sendJson(response, 200, state());
    if (path === "/sim/log")
      return sendText(
        response,
        "application/x-ndjson",
        log.map((entry) => `${JSON.stringify(entry)}\n`).join(""),
      );
    if (faults.html === true) return sendText(response, "text/html; charset=utf-8", WEB_PAGE);
    if (path === "/health") return sendText(response, "text/plain", "");
    if (path === "/metrics") return sendText(response, "text/plain; version=0.0.4", metrics(preset, answers));
    if (front.query !== undefined && !new URL(request.url ?? "/", "http://sim").searchParams.has(front.query))
      throw new ApiError(404, "Resource not found", { code: "404" });
    const kind = front.kinds[path];
    if (kind === undefined && path !== `${front.base}/models`)
      throw new ApiError(
        404,
        `Nothing is served at ${request.method} ${path}; the API is below ${front.base}.`,
      );
    const method = kind === undefined ? "GET" : "POST";
    if (request.method !== method) throw new ApiError(405, `${path} takes ${method} only.`);
    checkKey(faults, request.headers);
    if (kind !== undefined) return answer(kind, request, response, receivedMs);
    sendJson(response, 200, {
      object: "list",
      data: [{ id: preset.model, object: "model", created: 0, owned_by: "brimline-sim" }],
    });
  }

  const server = createServer({ noDelay: true, keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    route(request, response).catch((error: unknown) =>
      refuse(front.kinds[pathOf(request)] ?? chat, response, error),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server
      .once("error", reject)
      .listen({ host: options.host ?? "127.0.0.1", port: options.port ?? 0, backlog: 4096 }, resolve);
  });
  const { address, port } = server.address() as AddressInfo;

  const close = (): Promise<void> =>
    new Promise((resolve) => {
      clearTimeout(death);
      answers.close();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const death = faults.dieAtMs === undefined ? undefined : setTimeout(() => void close(), faults.dieAtMs);

  return {
    url: `http://${address.includes(":") ? `[${address}]` : address}:${port}${front.base}`,
    log,
    state,
    gpu,
    close,
  };
}

const pathOf = (request: IncomingMessage): string => (request.url ?? "/").replace(/\?.*$/, "");

const metrics = (preset: Preset, answers: Answers): string =>
  prometheusText(preset.model, answers.counts(), answers.totals(), preset.params.kvTokens, answers.ttft);

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MAX_BODY_BYTES) throw new ApiError(413, `The body is longer than ${MAX_BODY_BYTES} bytes.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(400, "The body is not JSON.");
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function sendText(response: ServerResponse, type: string, text: string): void {
  response.writeHead(200, { "content-type": type }).end(text);
}

function refuse(kind: Kind, response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const known = error instanceof ApiError ? error : new ApiError(500, String(error));
  if (known.status === 429) response.setHeader("retry-after", "1");
  sendJson(response, known.status, kind.refusal(known));
}

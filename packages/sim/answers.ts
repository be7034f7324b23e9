import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { createPrefixCache } from "./cache.ts";
import { nowMs } from "./clock.ts";
import { startEngine } from "./engine.ts";
import type { Faults } from "./faults.ts";
import type { AnswerHead, Frames, Kind } from "./kinds/kind.ts";
import { createHistogram, type Histogram } from "./histogram.ts";
import { addTo, type ChunkLog, type RequestLog } from "./log.ts";
import type { ModelCounts, TokenEvent } from "./model.ts";
import type { Preset } from "./presets.ts";
import type { Totals } from "./prometheus.ts";
import type { AnswerRequest } from "./request.ts";

interface OpenAnswer {
  response: ServerResponse;
  kind: Kind;
  request: AnswerRequest;
  about: AnswerHead;
  cachedTokens: number | null;
  /** It is null where the answer comes in one piece. */
  frames: Frames | null;
  entry: RequestLog;
  /** When the engine got it. What a fault delayed before is no part of the server's own times. */
  begunMs: number;
}

export interface Answers {
  /** Passes a request to the engine. Its answer is written as the tokens come. */
  begin(response: ServerResponse, kind: Kind, request: AnswerRequest, receivedMs: number): void;
  /** The number of answers that have not ended. */
  openCount(): number;
  counts(): ModelCounts;
  totals(): Readonly<Totals>;
  /** The time to the first token of each answer, by the engine. */
  ttft: Histogram;
  close(): void;
}

export function createAnswers(preset: Preset, faults: Faults, log: ChunkLog): Answers {
  const open = new Map<string, OpenAnswer>();
  const totals: Totals = { requests: 0, finished: 0, cancelled: 0, promptTokens: 0, outputTokens: 0 };
  const engine = startEngine(preset.params, onToken);
  const cache = createPrefixCache(preset);
  const ttft = createHistogram();

  function onToken(event: TokenEvent): void {
    const answer = open.get(event.id);
    if (answer === undefined) return;
    if (answer.request.outputTokens > 0) totals.outputTokens += 1;
    if (event.index === 0) ttft.add((event.atMs - answer.begunMs) / 1000);
    const { stall } = faults;
    if (stall === undefined || event.index < stall.afterTokens) write(answer, event);
    else if (stall.forMs !== null) setTimeout(write, stall.forMs, answer, event);
  }

  function write(answer: OpenAnswer, event: TokenEvent): void {
    if (!open.has(event.id)) return;
    const { response, kind, request, about, cachedTokens, frames, entry } = answer;
    const index = event.index - request.hiddenTokens;
    if (frames !== null && index >= 0) writeToken(response, frames, entry, index);
    if (!event.last) return;
    open.delete(event.id);
    totals.finished += 1;
    entry.doneMs = nowMs();
    if (frames !== null) response.end(frames.end.join(""));
    else
      response
        .setHeader("content-type", "application/json")
        .end(JSON.stringify(kind.whole(about, request, cachedTokens)));
  }

  return {
    begin(response, kind, request, receivedMs) {
      const about = {
        id: `${kind.idPrefix}${randomBytes(12).toString("hex")}`,
        created: Math.floor(receivedMs / 1000),
        model: preset.model,
      };
      const entry: RequestLog = {
        id: about.id,
        opening: request.opening,
        receivedMs,
        promptTokens: request.promptTokens,
        chunkWrittenMs: [],
        doneMs: null,
        cancelled: false,
      };
      addTo(log, entry);
      const cachedTokens = cache?.take(request.words) ?? null;
      const frames = (request.stream && kind.frames?.(about, request, cachedTokens)) || null;
      open.set(about.id, { response, kind, request, about, cachedTokens, frames, entry, begunMs: nowMs() });
      totals.requests += 1;
      totals.promptTokens += request.promptTokens;
      response.once("close", () => {
        if (!open.delete(about.id)) return;
        engine.cancel(about.id);
        totals.cancelled += 1;
        entry.doneMs = nowMs();
        entry.cancelled = true;
      });
      if (frames !== null) {
        response.writeHead(200, {
          "content-type": "text/event-stream; charset=utf-8",
          "cache-control": "no-cache",
        });
        if (frames.begin === "") response.flushHeaders();
        else response.write(frames.begin);
      }
      const { promptTokens, outputTokens } = request;
      engine.submit({ id: about.id, promptTokens, outputTokens: Math.max(1, outputTokens) });
    },
    openCount: () => open.size,
    counts: () => engine.counts(),
    totals: () => totals,
    ttft,
    close: () => engine.close(),
  };
}

/**
 * Node holds back what is written in one turn of its event loop and sends it when the turn ends. With
 * hundreds of streams that is milliseconds later. So the socket is corked and uncorked by hand, and the bytes
 * are with the kernel before the next stream is written.
 */
function writeToken(response: ServerResponse, frames: Frames, entry: RequestLog, index: number): void {
  const { socket } = response;
  socket?.cork();
  response.write(frames.token(index));
  entry.chunkWrittenMs.push(nowMs());
  socket?.uncork();
}

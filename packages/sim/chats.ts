import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { framesOf, wholeAnswer, type Frames, type AnswerHead } from "./answer.ts";
import type { ChatRequest } from "./chat.ts";
import { createPrefixCache } from "./cache.ts";
import { nowMs } from "./clock.ts";
import { startEngine } from "./engine.ts";
import type { Faults } from "./faults.ts";
import { addTo, type ChunkLog, type RequestLog } from "./log.ts";
import type { ModelCounts, TokenEvent } from "./model.ts";
import type { Preset } from "./presets.ts";
import type { Totals } from "./prometheus.ts";

interface OpenChat {
  response: ServerResponse;
  chat: ChatRequest;
  about: AnswerHead;
  cachedTokens: number | null;
  frames: Frames;
  entry: RequestLog;
}

export interface Chats {
  /** Passes a chat request to the engine. Its answer is written as the tokens come. */
  begin(response: ServerResponse, chat: ChatRequest, receivedMs: number): void;
  /** The number of answers that have not ended. */
  openCount(): number;
  counts(): ModelCounts;
  totals(): Readonly<Totals>;
  close(): void;
}

export function createChats(preset: Preset, faults: Faults, log: ChunkLog): Chats {
  const open = new Map<string, OpenChat>();
  const totals: Totals = { requests: 0, finished: 0, cancelled: 0, promptTokens: 0, outputTokens: 0 };
  const engine = startEngine(preset.params, onToken);
  const cache = createPrefixCache(preset);

  function onToken(event: TokenEvent): void {
    totals.outputTokens += 1;
    const chat = open.get(event.id);
    if (chat === undefined) return;
    const { stall } = faults;
    if (stall === undefined || event.index < stall.afterTokens) write(chat, event);
    else if (stall.forMs !== null) setTimeout(write, stall.forMs, chat, event);
  }

  function write(chat: OpenChat, event: TokenEvent): void {
    if (!open.has(event.id)) return;
    if (chat.chat.stream) writeToken(chat, event);
    if (!event.last) return;
    open.delete(event.id);
    totals.finished += 1;
    chat.entry.doneMs = nowMs();
    if (chat.chat.stream) chat.response.end();
    else
      chat.response
        .setHeader("content-type", "application/json")
        .end(JSON.stringify(wholeAnswer(chat.about, chat.chat, chat.cachedTokens)));
  }

  return {
    begin(response, chat, receivedMs) {
      const about = {
        id: `chatcmpl-${randomBytes(12).toString("hex")}`,
        created: Math.floor(receivedMs / 1000),
        model: preset.model,
      };
      const entry: RequestLog = {
        id: about.id,
        opening: chat.opening,
        receivedMs,
        promptTokens: chat.promptTokens,
        chunkWrittenMs: [],
        doneMs: null,
        cancelled: false,
      };
      addTo(log, entry);
      const cachedTokens = cache?.take(chat.words) ?? null;
      const frames = framesOf(about, chat, cachedTokens);
      open.set(about.id, { response, chat, about, cachedTokens, frames, entry });
      totals.requests += 1;
      totals.promptTokens += chat.promptTokens;
      response.once("close", () => {
        if (!open.delete(about.id)) return;
        engine.cancel(about.id);
        totals.cancelled += 1;
        entry.doneMs = nowMs();
        entry.cancelled = true;
      });
      if (chat.stream) {
        response.writeHead(200, {
          "content-type": "text/event-stream; charset=utf-8",
          "cache-control": "no-cache",
        });
        response.write(frames.role);
      }
      engine.submit({ id: about.id, promptTokens: chat.promptTokens, outputTokens: chat.outputTokens });
    },
    openCount: () => open.size,
    counts: () => engine.counts(),
    totals: () => totals,
    close: () => engine.close(),
  };
}

/**
 * Node holds back what is written in one turn of its event loop and sends it when the turn ends. With
 * hundreds of streams that is milliseconds later. So the socket is corked and uncorked by hand, and the bytes
 * are with the kernel before the next stream is written.
 */
function writeToken({ response, frames, entry }: OpenChat, event: TokenEvent): void {
  const { socket } = response;
  socket?.cork();
  response.write(frames.token(event.index));
  entry.chunkWrittenMs.push(nowMs());
  socket?.uncork();
  if (event.last) for (const frame of frames.end) response.write(frame);
}

import { chat } from "@brimline/core/dialect/chat";
import { earlierByChunk, mergedChunks } from "@brimline/core/record/columns/merged";
import type { RequestRecord } from "@brimline/core/record/record";
import { hasOpenssl, selfSigned } from "@brimline/testkit/load/authority";
import { DONE, STOP, word } from "@brimline/testkit/load/scripted";
import {
  type Played,
  startTimedServer,
  type Step,
  type TimedServer,
} from "@brimline/testkit/load/timed-server";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGuard } from "../guard/guard.ts";
import { tryKernel } from "../kernel/trial.ts";
import { REQUEST_LIMITS } from "../request/request.ts";
import { kernelWire } from "./kernel-wire.ts";
import { createClosing } from "./closing.ts";
import { createReaders } from "./learning.ts";
import { wireConnection } from "./wire-connection.ts";

const { kernel } = await tryKernel();
const HOST = "api.example.org";
/** How exactly the clocks of the kernel, of the server and of this process are brought together, ms. */
const CLOCK_ERROR_MS = 0.3;
const HEAD = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const transferChunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const chunk = (text: string): Step => ({ text: transferChunk(word(text)) });
/** It comes so late that no read has it together with what came before. */
const END: Step[] = [{ waitMs: 150 }, { text: `${transferChunk(STOP + DONE)}0\r\n\r\n` }];

describe.skipIf(kernel === null).each(hasOpenssl ? ["http", "https"] : ["http"])(
  "a busy event loop makes nothing late over %s:",
  (scheme) => {
    let server: TimedServer;
    let ca: Buffer | null = null;
    beforeAll(async () => {
      const own = scheme === "https" ? selfSigned(HOST) : null;
      ca = own?.cert ?? null;
      server = await startTimedServer(own);
    });
    afterAll(() => server.close());

    /** Asks for an answer of these steps and blocks from its head on. */
    async function recordOf(
      steps: Step[],
    ): Promise<{ record: RequestRecord; came: number[]; written: Played["written"] }> {
      const target = new URL(`${scheme}://${HOST}:${server.port}/`);
      const guard = createGuard({
        profile: "local",
        resolve: async () => [{ address: "127.0.0.1", family: 4 }],
      });
      if (kernel === null) throw new Error("no kernel");
      const dial = guard.dial(
        target,
        { connectTimeoutMs: 5000, ...(ca && { tls: { ca } }) },
        kernelWire(kernel),
      );
      const connection = wireConnection(target, dial, REQUEST_LIMITS, createClosing(), createReaders());
      await connection.open();
      await sleep(5);
      const asked = server.ask([{ text: HEAD }, ...steps, { unblock: true }, ...END]);
      const t0Ms = performance.now();
      const request = connection.send({
        index: 0,
        user: 0,
        t0Ms,
        dueMs: 0,
        dialect: chat,
        path: `/${asked.word}`,
        headers: {},
        body: "{}",
        outputTokens: 100,
        limits: REQUEST_LIMITS,
        explain: (_kind, text) => text,
      });
      // The request is written when the turn is over.
      await sleep(0);
      asked.block();
      const { record } = await request.ended;
      connection.cut();
      expect(record).toMatchObject({ outcome: "ok", errorText: null });
      let atUs = Math.round(1000 * record.sentMs);
      const came = record.gapsUs.map((gapUs) => t0Ms + (atUs += gapUs) / 1000);
      // The head and the end carry no chunk.
      const { written } = await asked.played;
      return { record, came, written: written.slice(1, -1) };
    }

    test("a chunk that came alone has the time of its write", async () => {
      const { record, came, written } = await recordOf([{ waitMs: 60 }, chunk("a"), { waitMs: 60 }]);
      expect(record.merged).toEqual([]);
      expect(came).toHaveLength(1);
      expect(came[0]).toBeGreaterThan((written[0]?.fromMs ?? Infinity) - CLOCK_ERROR_MS);
      expect(came[0]).toBeLessThan((written[0]?.toMs ?? 0) + 1);
    });

    test("chunks that waited together say how much earlier they came, and the last is exact", async () => {
      const steps = ["a", "b", "c", "d"].flatMap((text) => [{ waitMs: 15 }, chunk(text)]);
      const { record, came, written } = await recordOf(steps);
      expect(mergedChunks(record.merged)).toBe(3);
      const earlierUs = earlierByChunk(record.merged, written.length);
      for (const [nth, { fromMs, toMs }] of written.entries()) {
        const earlierMs = (earlierUs[nth] ?? 0) / 1000;
        expect(came[nth]).toBeGreaterThan(fromMs - CLOCK_ERROR_MS);
        expect((came[nth] ?? 0) - earlierMs).toBeLessThan(toMs + 1);
      }
    });

    test("chunks that were written together cannot be told from such, but the last is exact", async () => {
      const { record } = await recordOf([
        { waitMs: 20 },
        { text: transferChunk(word("a") + word("b")) },
        { waitMs: 20 },
      ]);
      expect(record.gapsUs).toHaveLength(2);
      expect(record.gapsUs[1]).toBe(0);
      expect(record.merged).toMatchObject([{ chunk: 0, chunks: 1 }]);
    });
  },
);

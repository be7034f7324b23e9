import { aggregate } from "@brimline/core/report/aggregate";
import type { Report } from "@brimline/core/report/schema";
import { CREATED_UNIX_MS, type KnownLevel, syntheticJob, syntheticLevel, withRecords } from "./synthetic.ts";

/**
 * A level of embeddings. A request takes 100 ms, so each user gets 10 requests/s, and as many prompts of 100 tokens.
 */
const vectors = (id: string, users: number, startS: number): KnownLevel =>
  withRecords(
    syntheticLevel({
      id,
      users,
      ttftMs: 100,
      gapMs: 1,
      outputTokens: 1,
      inputTokens: 100,
      durationS: 20,
      t0UnixMs: CREATED_UNIX_MS + 1000 * startS,
    }),
    (records) =>
      records.map((record) => ({
        ...record,
        finishReason: null,
        chunkTokens: null,
        tokens: { input: 100, output: null, reasoning: null, cached: null, source: "usage" },
      })),
  );

/** The report of embeddings at 10 and at 20 users. */
export const wholeReport = (slo?: object): Report =>
  aggregate(
    syntheticJob([vectors("l01", 10, 5), vectors("l02", 20, 30)], {
      endpoint: { url: "http://127.0.0.1:8000/v1", model: "bge", api: "embeddings" },
      workload: { inputTokens: 100 },
      ...(slo !== undefined && { slo }),
    }),
  );

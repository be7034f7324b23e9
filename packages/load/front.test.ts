import type { Level } from "@brimline/core/report/schema";
import { bench } from "@brimline/testkit/load/bench";
import { bufferingFront, type Buffering } from "@brimline/testkit/load/front";
import {
  type AnswerPart,
  DONE,
  play,
  type Scripted,
  scriptedEndpoint,
  STOP,
  word,
} from "@brimline/testkit/load/scripted";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** The same job through a proxy that holds the stream back, and direct. */

const usage = { prompt_tokens: 20, completion_tokens: 24, total_tokens: 44 };
const ANSWER: AnswerPart[] = [
  30,
  ...Array.from({ length: 24 }, () => [word(" w"), 6]).flat(),
  STOP,
  `data: ${JSON.stringify({ choices: [], usage })}\n\n`,
  DONE,
];
const FRONTS: [front: string, buffering: Buffering][] = [
  ["a proxy that holds writes back for 40 ms", { holdMs: 40, bytes: Infinity }],
  ["a proxy that waits for 1 kB", { holdMs: 10_000, bytes: 1024 }],
  ["a proxy that waits for the whole answer", { holdMs: 10_000, bytes: Infinity }],
];
const ORDER = ["invalid", "indicative", "valid"];
/** Figures whose truth a proxy changes, with the most that each may be trusted. */
const PER_TOKEN = ["tpotMs", "chunkGapMs", "userSpeedTokensPerS"] as const;

let endpoint: Scripted;
let direct: Level;
const job = { slo: { tpotMs: 1000 } };
const levelAt = async (url: string): Promise<Level> => {
  const { level, preflight } = await bench(url, { job });
  if (level === null) throw new Error(JSON.stringify(preflight.problem));
  return level;
};
beforeAll(async () => {
  endpoint = await scriptedEndpoint((response) => play(response, ANSWER));
  direct = await levelAt(endpoint.url);
});
afterAll(() => endpoint.close());

describe.each(FRONTS)("%s", (_front, buffering) => {
  test("is never more trusted than the endpoint itself, and is said to be what it is", async () => {
    const front = await bufferingFront(endpoint.url, buffering);
    const through = await levelAt(front.url);
    await front.close();
    expect(direct.reasons).not.toContain("coalesced");
    expect(through.reasons).toContain("coalesced");
    expect(ORDER.indexOf(through.validity)).toBeLessThanOrEqual(ORDER.indexOf(direct.validity));
    for (const name of PER_TOKEN) {
      const { p50 } = through[name];
      expect(p50.value === null || p50.reasons.includes("coalesced"), name).toBe(true);
      expect(p50.validity, name).not.toBe("valid");
    }
    expect(through).toMatchObject({ sloMet: null, goodPercent: { value: null, reasons: ["coalesced"] } });
    expect(through.tokens).toMatchObject({ output: direct.tokens.output, source: "usage" });
  });
});

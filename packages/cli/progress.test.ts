import { rateLoad } from "@brimline/core/load/rate";
import type { Job, WaitsFor } from "@brimline/core/job/job";
import { expect, test } from "vitest";
import { progressLine, progressView } from "./progress.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const idle = {
  waiting: null,
  levelId: null,
  load: null,
  endsAt: null,
  levelsDone: 0,
  levels: 3,
  inFlight: 0,
  ok: 0,
  failed: 0,
  outputTokensPerS: null,
};
const job = (state: Job["state"], progress: Partial<Job["progress"]> = {}): Job => ({
  id: "a".repeat(20),
  state,
  name: "n",
  createdAt: "2026-01-01T00:00:00Z",
  startedAt: null,
  finishedAt: null,
  progress: { ...idle, ...progress },
  problem: null,
  verdict: null,
  links: { self: "", events: "", cancel: "", report: null, page: null },
});
const level = {
  levelId: "l02",
  load: { kind: "concurrency" as const, users: 50 },
  levelsDone: 1,
  inFlight: 49,
  ok: 120,
  failed: 1,
  outputTokensPerS: 741.4,
};

const waiting = (waitsFor: WaitsFor, forS: number, atMostS: number, said: string | null = null) =>
  job("preflight", {
    waiting: {
      waitsFor,
      since: new Date(NOW - 1000 * forS).toISOString(),
      until: new Date(NOW + 1000 * (atMostS - forS)).toISOString(),
      said,
    },
  });

test.each([
  [job("preflight"), "preflight: asking the endpoint for one short stream"],
  [waiting("answer", 1, 120), "preflight: asking the endpoint for one short stream"],
  [
    waiting("answer", 12, 120),
    "preflight: the endpoint has not answered yet: loading for 12 s of at most 2 min 0 s",
  ],
  [waiting("answer", 130, 120), "preflight: the endpoint has not answered yet: loading for 2 min 10 s"],
  [
    waiting("stream", 12, 900),
    "preflight: the endpoint answers slowly: streaming for 12 s of at most 15 min 0 s",
  ],
  [
    waiting("endpoint", 35, 600, "503: Loading model"),
    "preflight: the endpoint is not up yet: waiting for 35 s of at most 10 min 0 s · 503: Loading model",
  ],
  [
    waiting("again", 6, 20, "429: slow down"),
    "preflight: the endpoint is asked again in 14 s · 429: slow down",
  ],
  [job("queued"), "queued: waiting for its turn"],
  [job("running"), "running: idle before load"],
  [
    job("running", { ...level, endsAt: "2026-01-01T00:00:12Z" }),
    "level 2/3: 50 users · 49 in flight · 120 ok · 1 failed · 741.4 tok/s · 12 s left",
  ],
  [
    job("running", { ...level, endsAt: "2025-12-31T23:59:59Z" }),
    "level 2/3: 50 users · 49 in flight · 120 ok · 1 failed · 741.4 tok/s · draining",
  ],
  [
    job("running", { ...level, levelId: "warmup", load: { kind: "concurrency", users: 5 } }),
    "warm-up: 5 users · 49 in flight · 120 ok · 1 failed · 741.4 tok/s",
  ],
  [
    job("running", {
      ...level,
      load: rateLoad({ rate: 8 }),
      endsAt: "2026-01-01T00:00:12Z",
    }),
    "level 2/3: 8/s poisson · 49 in flight · 120 ok · 1 failed · 741.4 tok/s · 12 s left",
  ],
  [job("completed"), "completed"],
])("job %# is shown in one line", (given, line) => expect(progressLine(given, NOW)).toBe(line));

test("a terminal shows one line that is rewritten, and the last line of each level stays", () => {
  let written = "";
  const terminal = {
    isTTY: true,
    columns: 80,
    write: (text: string) => ((written += text), true),
  } as unknown as NodeJS.WriteStream;
  const view = progressView(terminal, () => NOW);
  for (const state of ["preflight", "preflight"] as const) view.show(job(state));
  view.show(job("running", level));
  view.show(job("running", { ...level, ok: 130 }));
  view.end();
  expect(written.match(/\n/g)).toHaveLength(2);
  expect(written).toContain("\n\r\u001b[2Klevel 2/3: 50 users");
});

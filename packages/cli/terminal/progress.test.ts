import { rateLoad } from "@brimline/core/load/rate";
import type { EndedLevel, Job, WaitsFor } from "@brimline/core/job/state/job";
import { expect, test } from "vitest";
import { levelRow, progressLine, progressView } from "./progress.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const idle = {
  waiting: null,
  levelId: null,
  load: null,
  endsAt: null,
  levelsDone: 0,
  levels: 3,
  ended: [],
  inFlight: 0,
  ok: 0,
  failed: 0,
  outputTokensPerS: null,
};
const job = (state: Job["state"], progress: Partial<Job["progress"]> = {}): Job => ({
  id: "a".repeat(20),
  state,
  name: "n",
  tags: [],
  visibility: "unlisted",
  createdAt: "2026-01-01T00:00:00Z",
  startedAt: null,
  finishedAt: null,
  progress: { ...idle, ...progress },
  problem: null,
  verdict: null,
  comparison: null,
  links: { self: "", events: "", cancel: "", report: null, page: null, comparison: null },
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

const users = (value: number, more: Partial<EndedLevel> = {}): EndedLevel => ({
  id: `l${value}`,
  load: { kind: "concurrency", users: value },
  repeat: 0,
  state: "completed",
  ok: 90,
  failed: 0,
  outputTokensPerS: 20 * value,
  ttftP95Ms: 100 + value,
  tpotP95Ms: 20,
  e2eP95Ms: 900,
  met: null,
  goodPercent: null,
  ...more,
});
const CURVE = [
  users(1, { goodPercent: 100 }),
  users(64, { met: true, outputTokensPerS: 1284 }),
  users(128, { met: false, outputTokensPerS: 1400, ttftP95Ms: 2345.6 }),
  users(256, { ok: 1, failed: 300 }),
];

test.each([
  [80, "    64 users    1,284 tok/s     TTFT p95 164 ms  met        █████████████████▍"],
  [60, "    64 users    1,284 tok/s     TTFT p95 164 ms  met"],
])("a level that has ended is a row of %i columns, with the curve where there is room", (columns, row) => {
  const [, level = users(1)] = CURVE;
  expect(levelRow(level, CURVE.slice(0, 3), columns)).toBe(row);
  for (const each of CURVE) expect(levelRow(each, CURVE, columns).length).toBeLessThan(columns);
});

test.each([
  [users(1, { met: false }), "missed"],
  [users(1, { goodPercent: 99.9 }), "99 % good"],
  [users(1, { state: "cancelled" }), "cancelled"],
  [users(1, { load: rateLoad({ rate: 7.5 }) }), "       7.5/s  "],
  [users(1, { ok: 1, failed: 300, met: false }), "failed"],
  [users(1, { outputTokensPerS: null, ttftP95Ms: null }), "—      E2E p95 900 ms"],
])("level %# says what came of it", (level, text) => expect(levelRow(level, [level], 60)).toContain(text));

const written = (isTTY: boolean, jobs: Job[]): string => {
  let text = "";
  const out = { isTTY, columns: 80, write: (more: string) => ((text += more), true) };
  const view = progressView(out, () => NOW);
  for (const each of jobs) view.show(each);
  view.end();
  return text;
};
const SEARCHING = [
  job("preflight"),
  job("running", level),
  job("running", { ...level, ended: CURVE.slice(0, 1) }),
  job("running", { ...level, ended: CURVE.slice(0, 2), ok: 130 }),
];

test("a terminal rewrites one line, and the row of each level that has ended stays above it", () => {
  const lines = written(true, SEARCHING).split("\n");
  expect(lines).toHaveLength(5);
  const last = (line: string | undefined) => line?.split("\r\u001b[2K").at(-1);
  expect(last(lines[0])).toBe("Levels as a whole (the report leaves out start and end):");
  expect(last(lines[1])).toMatch(/^ +1 user +20 tok\/s +TTFT p95 101 ms {2}100 % good/);
  expect(last(lines[2])).toMatch(/^ +64 users /);
  expect(last(lines[3])).toMatch(/^level 2\/3: 50 users .* 130 ok/);
});

test("elsewhere each row is a plain line", () =>
  expect(written(false, SEARCHING)).toMatch(
    /^preflight: .*\nlevel 2\/3: .*\nLevels as a whole .*\n +1 user .*\n +64 users .*\n$/,
  ));

import { aggregate } from "@brimline/core/report/aggregate";
import type { JobRequest } from "@brimline/core/job/spec/spec";
import type { ShardSummary } from "@brimline/core/record/record";
import {
  CREATED_UNIX_MS,
  failedRequest,
  knownCertificate,
  type KnownLevel,
  NO_ARRIVALS,
  syntheticJob,
  syntheticLevel,
  withRecords,
  withSummary,
} from "@brimline/testkit/synthetic";
import { wholeReport } from "@brimline/testkit/whole-answers";
import { kinds } from "@brimline/testkit/site/kinds";
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { markdownReport } from "@brimline/core/report/shown/markdown";
import { printReport } from "./print.ts";

const level = (id: string, users: number): KnownLevel =>
  syntheticLevel({
    id,
    users,
    ttftMs: 200,
    gapMs: 20,
    outputTokens: 40,
    durationS: 20,
    t0UnixMs: CREATED_UNIX_MS,
  });

const short = (id: string, users: number): KnownLevel => ({
  ...level(id, users),
  ...withRecords(level(id, users), (records) => records.slice(0, 2 * users)),
});

/** What a terminal shows of a job. */
const printed = (levels: KnownLevel[]): string =>
  printReport(aggregate(syntheticJob(levels)), { columns: 100, page: null, open: null, isFull: true });

/** The row of the setup that says what the client adds. */
function clientRow(client: Partial<ShardSummary>): string | undefined {
  const text = printed([withSummary(level("l01", 2), client)]);
  return text.split("\n").find((line) => /^ *Client /.test(line));
}

test.each<[string, Partial<ShardSummary>, RegExp | undefined]>([
  [
    "says how much at most",
    { certificate: knownCertificate({ addedTtftP99Ms: 0.42, addedGapP99Ms: 0.31 }) },
    /adds at most 0.42 ms to a TTFT, 0.31 ms to a chunk gap/,
  ],
  [
    "says that it does not know",
    { uncertified: "it took longer than 10 s" },
    /could not measure its own error/,
  ],
  ["is left out where nobody asked", {}, undefined],
])("what the client adds: %s", (_, client, row) => {
  if (row === undefined) expect(clientRow(client)).toBeUndefined();
  else expect(clientRow(client)).toMatch(row);
});

test.each([
  ["kernel", "the kernel's, so only chunks that it merges can be late"],
  ["process", "the load generator's own, so it is late while it is busy"],
] as const)("whose clock says when chunks came: the %s's", (clock, words) => {
  const report = aggregate(
    syntheticJob([withSummary(level("l01", 2), { arrivals: { ...NO_ARRIVALS, clock } })]),
  );
  expect(printReport(report, { columns: 100, page: null, open: null, isFull: true })).toMatch(
    new RegExp(`^ *Arrival clock +${words}$`, "m"),
  );
  expect(markdownReport(report, null)).toContain(`\nArrival clock: ${words}.\n`);
});

test("values that must not be used are marked, and the print says why", () => {
  const late: Partial<ShardSummary> = {
    certificate: knownCertificate({ addedTtftP99Ms: 1000 }),
    arrivals: { ...NO_ARRIVALS, clock: "process" },
  };
  const text = printed([withSummary(level("l01", 2), late)]);
  expect(text).toMatch(/^ *TTFT p50, ms +\d+ \?$/m);
  expect(text).toMatch(
    /^ {2}\? TTFT mean, TTFT p50, [^:]*: not to be used; the load\s+generator may have read late/m,
  );
  expect(printed([level("l01", 2)])).not.toMatch(/ \?( |$)/m);
});

/** A row of a table: two spaces, a name, and cells of which one is a dash or at least so much. */
const EMPTY = /^ {2}([^—≥\s].*?) {2,}.*(?<= )(—|≥)/;

/**
 * The rows with an empty cell that no line below their table gives a reason for. In tables of levels a row is a
 * figure, which that line names. In others a column is.
 */
function unexplained(text: string): string[] {
  return text.split("\n\n").flatMap((block, nth, blocks) => {
    const isOfFigures = /^(LEVELS|SATURATION)/.test(block);
    // The reasons of all levels stand below the last part of their table.
    const below = isOfFigures && block.startsWith("LEVELS") ? blocks.slice(nth).join("\n") : block;
    const reasons = below.replaceAll(/\n {4}/g, " ").match(/^ {2}[—≥] .*: .*$/gm) ?? [];
    return block.split("\n").filter((line) => {
      const [, name, mark] = EMPTY.exec(line) ?? [];
      if (name === undefined || mark === undefined) return false;
      const bare = isOfFigures ? name.replace(/, [^,]*$/, "").toLowerCase() : "";
      return !reasons.some((one) => one.startsWith(`  ${mark}`) && one.toLowerCase().includes(bare));
    });
  });
}

const failed = (of: KnownLevel): KnownLevel =>
  withRecords(of, (records) => records.map(({ sentMs }) => failedRequest(sentMs, "http_5xx", 50)));

test.each<[string, KnownLevel[], Partial<JobRequest>]>([
  ["few requests", [level("l01", 1), level("l02", 4)], { slo: { ttftMs: 300 } }],
  ["one level without a window", [short("l01", 2), level("l02", 4)], { slo: { ttftMs: 300 } }],
  ["no window at all", [short("l01", 2), short("l02", 4)], { slo: { ttftMs: 300 } }],
  ["a level that failed", [level("l01", 2), failed(level("l02", 4)), level("l03", 6)], {}],
  ["only levels that failed", [failed(level("l01", 2))], { slo: { ttftMs: 300 } }],
  ["a price", [level("l01", 2), level("l02", 3), level("l03", 4)], { gpu: { usdPerHour: 1 } }],
])("every dash has its reason on the same screen: %s", (_, levels, request) => {
  const report = aggregate(syntheticJob(levels, request));
  for (const columns of [70, 120]) {
    const text = printReport(report, { columns, page: null, open: null, isFull: true });
    expect(text).toMatch(/ [—≥]/);
    expect(unexplained(text)).toEqual([]);
    for (const line of text.split("\n").filter((one) => /^ {2}[—≥] /.test(one)))
      expect(line.length).toBeLessThanOrEqual(columns);
  }
  const markdown = markdownReport(report, null);
  if (/\| [—≥]/.test(markdown)) expect(markdown).toMatch(/^- [—≥] .+: .+$/m);
});

test("what is missing at some levels only names them", () => {
  const text = printed([level("l01", 2), level("l02", 40)]);
  expect(text).toMatch(/^ {2}≥ TTFT p95, .* at 2 users: too few requests for this figure$/m);
  expect(text).toMatch(/^ {2}— GPU power, tokens\/J, host's CPU: no agent sent GPU samples$/m);
});

test("failures are told before the load generator, with the next step", () => {
  const text = printed([failed(level("l01", 2))]);
  expect(text).toMatch(
    /^Every request failed \([\d,]+ http_5xx\)\. No capacity can be told\.\n[\s\S]*\nNext {4}Read what the endpoint answered/m,
  );
  expect(text).not.toContain("COMPARED WITH");
});

test("a page whose service ends is no link, but a folder and a command that serves it again", () => {
  const report = aggregate(syntheticJob([level("l01", 2)]));
  const text = printReport(report, {
    columns: 100,
    page: "/data/r/a/",
    open: "npx brimline open a",
    isFull: true,
  });
  expect(text).toContain("\nPage    npx brimline open a\n");
  expect(text).toContain("\n  /data/r/a/levels.csv\n");
  expect(text).not.toContain("http://");
});

describe("a print begins with the answer", () => {
  const report = aggregate(
    syntheticJob([level("l01", 8), level("l02", 16)], { slo: { ttftMs: 500 }, gpu: { usdPerHour: 1 } }),
  );
  const short = (columns: number): string =>
    printReport(report, { columns, page: null, open: null, isFull: false });

  test.each([60, 80, 120])("and with what to trust, within %i columns", (columns) => {
    const text = short(columns);
    expect(text).toMatch(
      /^tiny · 2026-01-02 03:04 UTC\n\nServe at least 16 users: [\s\S]*\$[\d.]+ per\s+million\s+output\s+tokens\.[\s\S]*\n\nTrust {3}Valid\. \d+ requests at 16\s+users, none\s+failed\.[\s\S]*\nJudged {2}16 users met/,
    );
    for (const line of text.split("\n").filter((one) => !one.startsWith("Every figure")))
      expect(line.length).toBeLessThanOrEqual(columns);
    expect(unexplained(text)).toEqual([]);
  });
  test("then comes a row for each level, of which a narrow terminal has fewer figures", () => {
    expect(short(120)).toMatch(
      /^ +ok\/total +Output tok\/s +TTFT p95 ms +TPOT p50 ms +TTFT p50 ms +\$ per M tokens/m,
    );
    expect(short(60)).toMatch(/^ +Output tok\/s +TTFT p95 ms +SLO +Validity$/m);
    expect(short(80)).toMatch(/^ {2}16 users .* met +valid$/m);
  });
  test("all other tables are asked for", () => {
    for (const block of ["SETUP", "INSIGHTS", "SATURATION", "PUBLISHED"])
      expect(short(100)).not.toContain(block);
    expect(short(100)).toContain(`Every figure: npx brimline report ${report.id} --full`);
  });
  test("and a cost that nobody asked for is said to be unknown", () => {
    const text = printReport(aggregate(syntheticJob([level("l01", 8)])), {
      columns: 100,
      page: null,
      open: null,
      isFull: false,
    });
    expect(text).toMatch(/^Cost {4}Not known: no price per GPU hour was given \(`--price`/m);
  });
});

test("valid levels are compared with the first one", () => {
  const text = printed([level("l01", 2), level("l02", 4)]);
  for (const block of ["COMPARED WITH 2 USERS", "SATURATION", "MARGINAL GAINS"])
    expect(text).toContain(block);
});

test("answers in one piece are printed by what they have, and nothing stands empty for what they have not", () => {
  const [print, markdown] = [
    printReport(wholeReport(), { columns: 100, page: null, open: null, isFull: true }),
    markdownReport(wholeReport(), null),
  ];
  expect(print).toMatch(/Kind +OpenAI's embeddings \(embeddings\)/);
  expect(print).toMatch(/Asked +prompts: 100 tokens\n/);
  for (const row of ["Requests/s", "Input, tok/s", "Latency p50, ms", "Latency p95, ms"])
    expect(print).toContain(row);
  expect(markdown).toContain(
    "| Load | ok/total | Requests/s | Input tok/s | E2E p50 ms | E2E p95 ms | validity |",
  );
  expect(print).toContain("— GPU power, host's CPU: no agent sent GPU samples");
  for (const text of [print, markdown])
    expect(text).not.toMatch(/TTFT p|TPOT|Throughput|output tokens|MFU|SATURATION|COMPARED/);
});

test("the README shows what a terminal begins with: such a sentence, and these rows in this order", async () => {
  const readme = await readFile(new URL("../../../README.md", import.meta.url), "utf8");
  const [, shown = ""] = /```\n(Serve up to [^]*?)```/.exec(readme) ?? [];
  const { long } = kinds();
  if (long === undefined) throw new Error("no long report");
  const page = "http://127.0.0.1:4870/r/x/";
  const print = printReport(long, { columns: 100, page, open: null, isFull: false });

  const rowNames = (text: string): unknown[] =>
    [...text.matchAll(/^([A-Z]\w+) {2,}\S/gm)].map(([, name]) => name);
  const withoutNumbers = (text: string): string =>
    text
      .replace(/ \(95 %.*?\)/, "")
      .replaceAll(/[\d.,]*\d/g, "#")
      .replaceAll("\n", " ");
  const [, head = ""] = print.split("\n\n");
  expect(withoutNumbers(shown.split("\n\n")[0] ?? "")).toBe(withoutNumbers(head));
  expect(rowNames(shown)).toEqual(rowNames(print).filter((name) => name !== "Next"));
});

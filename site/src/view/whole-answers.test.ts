import { wholeReport } from "@brimline/testkit/whole-answers";
import { expect, test } from "vitest";
import { chartsIn, DRAWINGS } from "../charts/charts.ts";
import { chartTable } from "./charttable.ts";
import { chips } from "./identity.ts";
import { keyFigures } from "./keyfigures.ts";
import { levelTables } from "./levels.ts";
import { setupFacts } from "./setup.ts";

/** What a page shows of answers in one piece: their own figures, and no place for those of output tokens. */
const report = wholeReport();
const TOKENS = /TTFT|TPOT|first token|output token|Chunk gap|One user/i;

test("the figures at its top are requests, latency and prompt tokens", () => {
  const { figures } = keyFigures(report);
  expect(figures.map(({ label }) => label)).toEqual(["Requests/s", "Latency, P95", "Input"]);
  expect(figures.map(({ value }) => value)).not.toContain("—");
});

test("its tables have no column of output tokens", () => {
  const { tables } = levelTables(report);
  expect(tables.map(({ title }) => title)).toEqual(["Requests and throughput", "Latency"]);
  expect(JSON.stringify(tables)).toContain("Requests/s");
  expect(JSON.stringify(tables)).not.toMatch(TOKENS);
});

test("its charts are of latency and time, and draw what there is", () => {
  const charts = [...chartsIn(report, "latency"), ...chartsIn(report, "timeline")];
  expect(charts).toEqual(["latency", "timeline"]);
  for (const chart of charts) {
    const spec = JSON.stringify(DRAWINGS[chart].draw(report, "wide"));
    expect(spec).toMatch(chart === "latency" ? /Latency/ : /Requests\/s/);
    expect(spec).not.toMatch(TOKENS);
    expect(JSON.stringify(chartTable(report, chart))).not.toMatch(TOKENS);
  }
});

test("its chips name no output and no stream", () =>
  expect(chips(report)).toEqual(["100 tokens in", "2 levels", "closed loop"]));

test("its setup names the kind", () =>
  expect(setupFacts(report)).toContainEqual({
    term: "Kind",
    value: "OpenAI's embeddings (embeddings)",
    detail: null,
  }));

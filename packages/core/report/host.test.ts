import { CREATED_UNIX_MS, syntheticJob, syntheticLevel } from "@brimline/testkit/synthetic";
import { expect, test } from "vitest";
import type { Series } from "../record/telemetry/telemetry.ts";
import { aggregate } from "./aggregate.ts";
import { levelsCsv } from "./shown/csv.ts";
import { figureAt } from "./pick.ts";
import type { Level, Report } from "./schema.ts";

const EVERY_MS = 500;

/** Samples of hosts twice a second, all of them alike, from before the level until after it. */
const sampled = (values: Record<string, number | null>, cores: (number | null)[] = [8]): Series => ({
  identities: cores.map((count, index) => ({ index, id: `${index}`, name: "h", facts: { cores: count } })),
  samples: Array.from({ length: 160 }, (_, i) => ({
    unixMs: CREATED_UNIX_MS + EVERY_MS * i,
    values,
  })).flatMap((sample) => cores.map((_, identity) => ({ ...sample, identity }))),
  clockErrorMs: 1,
});

function reported(host: Series | undefined): { report: Report; level: Level } {
  const report = aggregate({
    ...syntheticJob([
      syntheticLevel({
        id: "l01",
        users: 10,
        ttftMs: 200,
        gapMs: 20,
        outputTokens: 40,
        durationS: 60,
        t0UnixMs: CREATED_UNIX_MS + 5000,
      }),
    ]),
    telemetry: { series: host === undefined ? {} : { host }, rejected: {} },
  });
  const [level] = report.levels;
  if (level === undefined) throw new Error("no level");
  return { report, level };
}

test("a level has the mean of its host's CPU over its window, and the timeline each second of it", () => {
  const { report, level } = reported(sampled({ cpuPercent: 31, busiestPercent: 62, stealPercent: 2 }));
  expect(level.host).toMatchObject({
    hostCpuPercent: { value: 31, low: 31, high: 31, method: "batch_means", reasons: [] },
    hostBusiestPercent: { value: 62 },
    hostStealPercent: { value: 2 },
    cores: 8,
  });
  const column = report.timeline.columns["hostCpuPercent"] ?? [];
  expect([column.length > 60, new Set(column)]).toEqual([true, new Set([31])]);
  const [header = "", row = ""] = levelsCsv(report).split("\r\n");
  expect(row.split(",")[header.split(",").indexOf("hostCpuPercent")]).toBe("31");
});

test("two hosts are one: their CPU is the mean, their cores add up", () =>
  expect(reported(sampled({ cpuPercent: 40 }, [8, 4])).level.host).toMatchObject({
    hostCpuPercent: { value: 40 },
    cores: 12,
  }));

test("what a host does not say is unknown, and the rest stands", () =>
  expect(reported(sampled({ cpuPercent: 40, busiestPercent: null }, [null])).level.host).toMatchObject({
    hostCpuPercent: { value: 40 },
    hostBusiestPercent: { value: null, reasons: ["not_exported"] },
    cores: null,
  }));

test("samples that stop in the middle are a gap, and without any there is no host", () => {
  const whole = sampled({ cpuPercent: 40 });
  const cut = { ...whole, samples: whole.samples.slice(0, 60) };
  expect(reported(cut).level.host?.hostCpuPercent).toMatchObject({ value: null, reasons: ["telemetry_gap"] });
  expect(reported(undefined).level.host).toBeNull();
  expect(figureAt(reported(undefined).level, "hostCpuPercent").reasons).toEqual(["no_telemetry"]);
  expect(reported(undefined).report.timeline.columns["hostCpuPercent"]).toBeUndefined();
});

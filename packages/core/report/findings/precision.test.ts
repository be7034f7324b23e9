import { CREATED_UNIX_MS, type KnownLevel, syntheticJob, syntheticLevel } from "@brimline/testkit/synthetic";
import { describe, expect, test } from "vitest";
import type { JobRequest } from "../../job/spec/spec.ts";
import { aggregate } from "../aggregate.ts";
import type { Report } from "../schema.ts";

const part = (repeat: number, jitter: number): KnownLevel =>
  syntheticLevel({
    id: "l01",
    users: 4,
    ttftMs: 200,
    gapMs: 20,
    outputTokens: 40,
    durationS: 60,
    jitter,
    repeat,
    t0UnixMs: CREATED_UNIX_MS + 70_000 * repeat,
  });
const reportOf = (jitter: number, precision: JobRequest["precision"]): Report =>
  aggregate(
    syntheticJob(
      [0, 1].map((repeat) => part(repeat, jitter)),
      { precision },
    ),
  );
const found = (report: Report) => report.findings.find(({ code }) => code === "precision");

describe("a job that asks for precision", () => {
  test("says what each level came to, and how long that took", () => {
    const said = found(reportOf(0.1, { percent: 3 }));
    expect(said?.severity).toBe("info");
    expect(said?.sentence).toMatch(
      /^±3 % was asked of .*, and every level came to it\. 4 users: ±[\d.]+ % \(.+\) after 12[0-9](\.\d+)? s\.$/,
    );
  });

  test("warns where a level did not, and says what bounds it", () => {
    const said = found(reportOf(0.9, { percent: 0.5, withinS: 120 }));
    expect(said).toMatchObject({
      severity: "warn",
      refs: [expect.stringMatching(/^\/levels\/0\/.*ttftMs\/p50$/)],
    });
    expect(said?.sentence).toContain("A level may send for 120 s here");
  });

  test("puts its parts end to end, and says nothing where none was asked", () => {
    const [level] = reportOf(0.1, { percent: 3 }).levels;
    expect(level?.outputTokensPerS.method).toBe("batch_means");
    const plain = reportOf(0.1, undefined);
    expect(plain.levels[0]?.outputTokensPerS.method).toBe("between_runs");
    expect(found(plain)).toBeUndefined();
  });
});

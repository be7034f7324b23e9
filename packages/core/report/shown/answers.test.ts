import { fixtures } from "@brimline/testkit/site/reports";
import { describe, expect, test } from "vitest";
import type { Verdict } from "../../job/state/verdict.ts";
import { answerRows, headSentence } from "./answers.ts";
import type { Report } from "../schema.ts";

const { sweep, three } = fixtures;
const judged = (verdict: Partial<Verdict>, changes: Partial<Report> = {}): Report => ({
  ...sweep,
  ...changes,
  verdict: { ...sweep.verdict, ...verdict },
});
const namesOf = (report: Report): string[] => answerRows(report).map(({ name }) => name);
const caused = (cause: NonNullable<Verdict["bottleneck"]>["cause"]): Partial<Verdict> => ({
  bottleneck: { cause, levelId: "l08", evidence: "It was seen.", remedy: "Change it.", refs: [] },
});

describe("a head and its rows", () => {
  test("begin with the answer, and say what limits, what to change, what to trust and how it was judged", () => {
    expect(headSentence(sweep)).toMatch(/^Serve up to 64 users: /);
    expect(namesOf(sweep)).toEqual(["Limit", "Change", "Trust", "Judged", "Next"]);
    expect(answerRows(sweep)[0]?.text).toMatch(/^The KV cache\. At 128 users requests waited/);
  });
  test("say how it was judged at the head where there is no answer", () => {
    expect(headSentence(three)).toBe(three.verdict.sentence);
    expect(namesOf(three)).toEqual(["Trust", "Next"]);
  });
  test("say that no price was given, unless there is none to give", () => {
    const unpriced = judged({ answer: "Serve up to 8 users." });
    const levels = unpriced.levels.map((level) => ({
      ...level,
      usdPerMOutputTokens: { ...level.usdPerMOutputTokens, value: null, reasons: ["no_price" as const] },
    }));
    expect(namesOf({ ...unpriced, levels })).toContain("Cost");
    expect(namesOf(unpriced)).not.toContain("Cost");
  });
  test("say how the job ended where it did not complete", () =>
    expect(answerRows(judged({}, { state: "cancelled", reasons: ["cancelled"] }))[0]).toEqual({
      name: "State",
      text: "cancelled (the job was cancelled)",
    }));
});

test.each([
  ["what the head says already is not told again", { ...caused("not_reached") }, false],
  ["nor are failures, which it begins with", { ...caused("failures") }, false],
  ["what is not known is told beside a capacity", { ...caused("unknown") }, true],
  ["and not without one", { ...caused("unknown"), answer: null }, false],
  ["nor is the load generator, which is why there is none", { ...caused("client"), answer: null }, false],
  ["but what was seen is", { ...caused("batch_limit"), answer: null }, true],
])("%s", (_, verdict, isTold) => expect(namesOf(judged(verdict)).includes("Limit")).toBe(isTold));

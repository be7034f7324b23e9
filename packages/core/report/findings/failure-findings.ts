import { listed, type Placed, refsOf } from "./placed.ts";
import type { Finding } from "../schema.ts";
import { loadText } from "../text.ts";

/** What failed, which is told before everything else. */
export const failureFindings = (measured: Placed[]): Finding[] => [
  ...cutShort(measured),
  ...failures(measured),
];

function cutShort(measured: Placed[]): Finding[] {
  const cut = measured.filter(
    ({ level }) =>
      level.state !== "completed" &&
      !level.reasons.some((reason) => reason === "over_saturated" || reason === "open_limit"),
  );
  if (cut.length === 0) return [];
  const sentence = `These levels did not run to the end: ${listed(cut.map(({ level }) => `${loadText(level.load)} (${level.state})`))}.`;
  return [{ code: "cut_short", severity: "warn", sentence, refs: refsOf(cut, "state") }];
}

function failures(measured: Placed[]): Finding[] {
  const failing = measured.filter(({ level }) => level.requests.failed > 0);
  if (failing.length === 0) return [];
  const each = failing.map(({ level }) => {
    const kinds = Object.entries(level.requests.errors).map(([kind, count]) => `${count} ${kind}`);
    return `${level.requests.failed} of ${level.requests.sent} at ${loadText(level.load)} (${kinds.join(", ")})`;
  });
  return [
    {
      code: "failures",
      severity: "warn",
      sentence: `Requests failed: ${each.join("; ")}.`,
      refs: refsOf(failing, "requests"),
    },
  ];
}

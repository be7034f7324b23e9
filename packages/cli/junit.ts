import type { Comparison, GateFigure } from "@brimline/core/compare/schema";
import { figureText } from "@brimline/core/compare/words";
import { escapeText } from "@brimline/core/report/shown/xml";
import { loadText } from "@brimline/core/report/text";

/**
 * A comparison as JUnit's XML: a test case for each figure of the gate. One that got worse fails, and one of which
 * nothing is known is skipped, because no test of it came to an end. The page is a property, if it has an address.
 */
export function junit({ a, b, sentence, gate }: Comparison, pageUrl: string | null): string {
  const count = (verdict: GateFigure["verdict"]): number =>
    gate.filter((figure) => figure.verdict === verdict).length;
  const suite = `name="${escapeText(`${b.name} beside ${a.id}`)}" tests="${gate.length}" failures="${count("worse")}" errors="0" skipped="${count("inconclusive")}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<testsuites>",
    `  <testsuite ${suite}>`,
    ...(pageUrl === null
      ? []
      : [
          "    <properties>",
          `      <property name="page" value="${escapeText(pageUrl)}"/>`,
          "    </properties>",
        ]),
    ...gate.flatMap((figure) => caseOf(figure, sentence)),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function caseOf({ figure, load, verdict, change, unit }: GateFigure, sentence: string): string[] {
  const name = `<testcase classname="${escapeText(loadText(load))}" name="${escapeText(figureText(figure))}"`;
  if (verdict !== "worse" && verdict !== "inconclusive") return [`    ${name}/>`];
  const by = change === null ? "not known" : `${change.value} ${unit}`;
  const tag = verdict === "worse" ? "failure" : "skipped";
  return [
    `    ${name}>`,
    `      <${tag} message="${escapeText(`${verdict}: ${by}`)}">${escapeText(sentence)}</${tag}>`,
    "    </testcase>",
  ];
}

import { expect, test } from "vitest";
import { inlineSvg, standaloneSvg } from "./svg.ts";

const drawn = (clip: number): string =>
  `<svg class="marks" width="10" height="10" viewBox="0 0 10 10"><clipPath id="clip${clip}"><path d="M0,0h1.23456"></path></clipPath><g clip-path="url(#clip${clip})"><g></g><path fill="var(--blue)" stroke="var(--ink)" d="M1,1"></path></g></svg>`;

test("clip paths are named by their chart, not numbered over the whole process", () => {
  const first = inlineSvg(drawn(7), "energy-w", "Energy");
  expect(first).toContain('<clipPath id="energy-w-0">');
  expect(first).toContain("url(#energy-w-0)");
  expect(inlineSvg(drawn(8), "energy-w", "Energy")).toBe(first);
  expect(inlineSvg(drawn(7), "latency-w", "Latency")).not.toContain("energy");
});

test("a chart on the page takes the page's colours, and a standalone one has light colours and classes for dark", () => {
  expect(inlineSvg(drawn(1), "a", "A")).toContain('fill="var(--blue)"');
  expect(standaloneSvg(drawn(1), "a", "A")).toContain(
    '<path fill="#1f5fbf" stroke="#171a1f" d="M1,1" class="fill-blue stroke-ink"/>',
  );
});

test("coordinates are rounded, empty groups are removed and the title is escaped", () => {
  const svg = inlineSvg(drawn(1), "a", '<b>"A"');
  expect(svg).toContain('d="M0,0h1.2"');
  expect(svg).not.toContain("<g></g>");
  expect(svg).toContain('aria-label="&lt;b&gt;&quot;A&quot;"');
});

import { html } from "hono/html";
import { type FigureTable, type Row, stripText } from "../view/comparison.ts";
import type { Strips } from "../view/strip.ts";
import { type Html, notesOf, pillOf } from "./table.ts";

/** The figures of a comparison by load: both values, the change and what it means. */
export function comparedTable(caption: string, { strips, reach, groups, notes }: FigureTable): Html {
  const hasVerdicts = groups.some(({ rows }) => rows.some(({ verdict }) => verdict !== null));
  const rowOf = (row: Row): Html =>
    html`<tr>
      <th scope="row">${row.name}${row.notes !== "" && html`<sup>${row.notes}</sup>`}</th>
      <td data-name="before">${row.before.text}<small>${row.before.interval}</small></td>
      <td data-name="after">${row.after.text}<small>${row.after.interval}</small></td>
      <td data-name="change" class="change"><b>${row.change}</b><small>${row.interval}</small></td>
      <td class="axis">${strip(row, strips)}</td>
      <td data-name="found from">${row.smallest}</td>
      ${hasVerdicts && html`<td class="says">${row.verdict !== null && pillOf(row.verdict)}</td>`}
    </tr>`;
  return html`<div class="scroll compared" tabindex="0" role="region" aria-label="${caption}">
      <table>
        <caption class="hidden">
          ${caption}
        </caption>
        <thead>
          <tr>
            <th scope="col">Figure</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
            <th scope="col">Change</th>
            <th scope="col" class="axis"><span>worse</span><span>± ${reach}</span><span>better</span></th>
            <th scope="col">Found from</th>
            ${hasVerdicts && html`<th scope="col">Verdict</th>`}
          </tr>
        </thead>
        ${groups.map(
          ({ load, rows }) =>
            html`<tbody>
              <tr class="group">
                <th scope="rowgroup" colspan="${hasVerdicts ? 7 : 6}">${load}</th>
              </tr>
              ${rows.map(rowOf)}
            </tbody>`,
        )}
      </table>
    </div>
    ${notesOf(notes)}`;
}

/** A change on the scale of its table. The strip is stretched, so its point is a line without length and with a round end. */
function strip(row: Row, { margin: { from, to } }: Strips): Html {
  const { strip: drawn, hue } = row;
  const line = (d: string, width: number, cap = "butt"): Html =>
    html`<path
      d="${d}"
      fill="none"
      stroke="var(--${hue})"
      stroke-width="${width}"
      stroke-linecap="${cap}"
      vector-effect="non-scaling-stroke"
    />`;
  return html`<svg
    class="strip"
    viewBox="0 0 100 24"
    preserveAspectRatio="none"
    role="img"
    aria-label="${stripText(row)}"
  >
    <rect x="${from}" y="0" width="${to - from}" height="24" fill="var(--band)" />
    <path d="M50 0V24" stroke="var(--faint)" vector-effect="non-scaling-stroke" />
    ${
      drawn !== null && [
        line(`M${drawn.from} 12H${drawn.to}`, 2.5),
        drawn.isCutLeft && line("M2 7L0 12L2 17", 2),
        drawn.isCutRight && line("M98 7L100 12L98 17", 2),
        line(`M${drawn.at} 12h.01`, 11, "round"),
      ]
    }
  </svg>`;
}

import { html, raw } from "hono/html";
import { CURVES_TITLE } from "../charts/compared.ts";
import type { Compared } from "../files.ts";
import { COMPARISON_FILE } from "../single-file.ts";
import { comparisonView, type SideFacts } from "../view/comparison.ts";
import { curveTable } from "../view/curve-table.ts";
import { comparedTable } from "./compared-table.ts";
import { dataTable, type Html, pillOf } from "./table.ts";

/** A chart in its two drawings. It is "later" where a script draws it, and null where there is nothing to draw. */
type Curves = { wide: string; narrow: string } | "later" | null;

/** What the page of a comparison has beside it. */
export interface Beside {
  curves: Curves;
  /** Whether files lie beside the page, and which of the two reports have a page. */
  files: boolean;
  pages?: { a: boolean; b: boolean };
  /** What stands below the words, such as ways to other comparisons. */
  under?: Html;
}

/** The content of the page of a comparison: what changed in words, figure by figure, and the curves over one another. */
export function comparisonBody({ comparison, a, b }: Compared, beside: Beside): Html {
  const view = comparisonView(comparison, a, b, beside.pages);
  const { gate, detail, sides } = view;
  const [, after] = sides;
  const shown = detail?.groups.reduce((sum, { rows }) => sum + rows.length, 0) ?? 0;
  return html`${
      view.isSimulated &&
      html`<div class="banner simulated" role="note">
        <div class="wrap">
          <strong>Simulated.</strong> An endpoint or a GPU of this comparison is a simulation. It says nothing
          about real hardware.
        </div>
      </div>`
    }
    <div class="wrap hero">
      <p class="eyebrow">
        <time datetime="${after.made}">${after.day}</time><span>comparison</span><span>${after.name}</span
        ><span>${after.id}</span><span class="pills">${pillOf(view.pill)}</span>
      </p>
      <h1 class="says ${view.tone}">${view.head[0]} <span>${view.head[1]}</span></h1>
      <ul class="chips">
        ${view.chips.map((chip) => html`<li>${chip}</li>`)}
      </ul>
      <div class="verdict beside">
        <div>
          <p>${view.lead}</p>
          <dl class="rows">
            ${view.rows.map(
              ({ name, text }) =>
                html`<dt>${name}</dt>
                  <dd>${text}</dd>`,
            )}
          </dl>
        </div>
        <dl class="sides">${sides.map(sideOf)}</dl>
      </div>
      ${beside.under ?? null}
    </div>
    <div class="wrap">
      ${
        gate.groups.length > 0 &&
        html`<section class="part first" id="figures" aria-labelledby="figures-h">
          <div class="intro">
            <h2 id="figures-h">Figure by figure</h2>
            <p>
              A point is the change, and its line the 95 % interval. Better is to the right, whatever the
              figure. The band is the margin, within which a change does not matter.
            </p>
          </div>
          ${comparedTable("The figures that decide, before and after", gate)}
        </section>`
      }
      ${beside.curves !== null && curvesOf({ comparison, a, b }, beside.curves, beside.files)}
      ${
        detail !== null &&
        html`<section class="part" id="detail" aria-labelledby="detail-h">
          <div class="intro">
            <h2 id="detail-h">All other figures</h2>
            <p>They decide nothing, because among so many some differ by chance.</p>
          </div>
          <details class="more">
            <summary>Show ${shown} figures</summary>
            ${comparedTable("All other figures, before and after", detail)}
          </details>
        </section>`
      }
      ${METHOD}
      <section class="part" id="data" aria-labelledby="data-h">
        <div class="intro"><h2 id="data-h">Data</h2></div>
        <ul class="files">
          ${
            beside.files &&
            html`<li>
                <a href="comparison.json">comparison.json</a
                ><span>every figure with its change and intervals</span>
              </li>
              <li>
                <a href="${COMPARISON_FILE}" download="brimline-comparison-${after.id}.html"
                  >${COMPARISON_FILE}</a
                ><span>this page as one file</span>
              </li>`
          }
          ${sides.map(
            ({ role, href, id }) =>
              href !== null &&
              html`<li>
                <a href="${href}report.json">report.json of ${id}</a><span>${role.toLowerCase()}</span>
              </li>`,
          )}
          <li>
            <code>npx brimline compare ${sides[0].id} ${after.id}</code><span>at the command line</span>
          </li>
        </ul>
      </section>
    </div>`;
}

const sideOf = ({ role, name, id, href, made, day, facts }: SideFacts): Html =>
  html`<div>
    <dt>${role}</dt>
    <dd>${href === null ? name : html`<a href="${href}">${name}</a>`}</dd>
    <dd class="about"><time datetime="${made}">${day}</time></dd>
    ${facts.map((fact) => html`<dd class="about">${fact}</dd>`)}
    <dd class="about id">${id}</dd>
  </div>`;

function curvesOf({ a, b }: Compared, curves: Exclude<Curves, null>, hasFiles: boolean): Html {
  return html`<section class="part" id="curves-s" aria-labelledby="curves-h">
    <div class="intro"><h2 id="curves-h">One over the other</h2></div>
    <figure id="curves">
      <figcaption>
        <h3>${CURVES_TITLE}</h3>
        <ul class="key">
          <li><span class="dash"></span>${a.name}, the baseline</li>
          <li><span class="solid"></span>${b.name}</li>
          <li>Bars are 95 % intervals</li>
        </ul>
      </figcaption>
      <div class="chart">${curves !== "later" && drawings(curves)}</div>
      <div class="under">
        <details>
          <summary>Show as table</summary>
          ${dataTable(curveTable(a, b))}
        </details>
        ${
          hasFiles &&
          html`<a href="curves.svg" aria-label="${CURVES_TITLE}: SVG">SVG</a
            ><a href="curves.vl.json" aria-label="${CURVES_TITLE}: Vega-Lite specification">Vega-Lite</a>`
        }
      </div>
    </figure>
  </section>`;
}

/** A chart has one drawing for wide screens and one for telephones. */
export const drawings = ({ wide, narrow }: { wide: string; narrow: string }): Html =>
  html`<div class="wide">${raw(wide)}</div>
    <div class="narrow">${raw(narrow)}</div>`;

const METHOD = html`<section class="part" id="method" aria-labelledby="method-h">
  <div class="intro"><h2 id="method-h">How this was judged</h2></div>
  <div class="method">
    <div>
      <h3>Worse, better</h3>
      <p>
        The change is not 0, with 95 % confidence over all figures that decide, and it is not known to lie
        within the margin. One figure that is worse makes the comparison worse.
      </p>
    </div>
    <div>
      <h3>The same</h3>
      <p>The 90 % interval of the change lies within the margin. That no change was found is not enough.</p>
    </div>
    <div>
      <h3>Inconclusive</h3>
      <p>
        Neither is known: the load was too short for what the figure varies by. It may hide a change, so it
        outweighs figures that are better.
      </p>
    </div>
    <div>
      <h3>Found from</h3>
      <p>The smallest change that nine of ten such pairs find. A smaller one may be there and not show.</p>
    </div>
    <div>
      <h3>Twins</h3>
      <p>
        Levels of one seed asked the same request by request. What they have in common is no noise, so the
        interval of their difference is far narrower than the two intervals suggest.
      </p>
    </div>
    <div>
      <h3>Why it changed</h3>
      <p>
        Two jobs show that something differs, and not why. A busy neighbour or a warm card is a change, too.
        Several runs of the baseline show what one endpoint differs by.
      </p>
    </div>
  </div>
</section>`;

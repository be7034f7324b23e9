import { REASON_TEXT } from "@brimline/core/codes";
import { formulaGroups } from "@brimline/core/report/formula-groups";
import { html } from "hono/html";
import { document } from "./document.ts";

/** The formulas of all figures, and the reasons for which one is unknown or doubted, until publish writes the site's page. */
export const methodPage = () =>
  document(
    "How it is measured",
    html`<p>What each figure of a report is, from what it is made, and why it may be unknown.</p>
      ${formulaGroups().map(
        ({ title, about, rows }) =>
          html`<h2>${title}</h2>
            <p>${about}</p>
            <dl class="formulas">
              ${rows.map(
                ({ name, label, unit, formula, source }) =>
                  html`<dt id="${name}">${label} <small>${unit}</small></dt>
                    <dd>${formula}<br /><small>${source}</small></dd>`,
              )}
            </dl>`,
      )}
      <h2>Reasons</h2>
      <dl class="formulas">
        ${Object.entries(REASON_TEXT).map(
          ([code, text]) =>
            html`<dt id="reason-${code}"><code>${code}</code></dt>
              <dd>${text}</dd>`,
        )}
      </dl>`,
    { place: "method" },
  );

import { html } from "hono/html";
import type { Pill, Table } from "../view/table.ts";

/** Markup that is escaped: of pages that are published, and of those that a script fills in the browser. */
export type Html = ReturnType<typeof html>;

/** The markup as text, without the room that only the templates need. */
export function textOf(markup: Html): string {
  if (markup instanceof Promise) throw new Error("the markup waits for something");
  return markup.toString().replaceAll(/\s*\n\s*/g, " ");
}

const classes = (...names: (string | false)[]): string => names.filter(Boolean).join(" ");

export const pillOf = ({ text, tone }: Pill): Html => html`<span class="pill ${tone}">${text}</span>`;

export const notesOf = (notes: { letter: string; text: string }[]): Html | null =>
  notes.length === 0
    ? null
    : html`<ul class="notes">
        ${notes.map(({ letter, text }) => html`<li><sup>${letter}</sup> ${text}</li>`)}
      </ul>`;

export interface TableLook {
  /** The cells are texts rather than figures, so columns align left. */
  isText?: boolean;
  /** On a telephone each row is a paragraph of its own. The first two cells are its title. */
  isStacked?: boolean;
}

export function dataTable(
  { caption, head, rows, notes }: Table,
  { isText = false, isStacked = false }: TableLook = {},
): Html {
  const nameOf = (column: number): string => head[column]?.lines.join(" ").toLowerCase() ?? "";
  return html`<div
      class="${classes("scroll", isText && "text", isStacked && "stacked")}"
      tabindex="0"
      role="region"
      aria-label="${caption}"
    >
      <table>
        <caption class="hidden">
          ${caption}
        </caption>
        <thead>
          <tr>
            ${head.map(({ lines, meaning }) => {
              const text = lines.map((line, index) => html`${index > 0 && html`<br />`}${line}`);
              return meaning === null
                ? html`<th scope="col">${text}</th>`
                : html`<th scope="col" title="${meaning}">${text}</th>`;
            })}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ cells, tone, pill }) =>
              html`<tr class="${tone === "plain" ? "" : tone}">
                ${cells.map(({ text, detail, note }, index) =>
                  index === 0
                    ? html`<th scope="row">${text}${pill !== null && pillOf(pill)}</th>`
                    : html`<td data-name="${isStacked && nameOf(index)}">
                        ${text}${detail !== null && html`<small>${detail}</small>`}${
                          note !== null && html`<sup>${note}</sup>`
                        }
                      </td>`,
                )}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${notesOf(notes)}`;
}

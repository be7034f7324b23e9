/** What every page has around its content, on the site and where the API writes a page itself. */

/** A place of the site that every page leads to. */
export type Place = "reports" | "lists" | "compare" | "method" | "api";

/** The navigation of all pages. A path is that from the root of the site. */
export const NAV: { key: Place; text: string; path: string }[] = [
  { key: "reports", text: "Reports", path: "" },
  { key: "lists", text: "Lists", path: "by/" },
  { key: "compare", text: "Compare", path: "compare/" },
  { key: "method", text: "Method", path: "method/" },
  { key: "api", text: "API", path: "api/" },
];

/** The mark of Brimline as SVG, in the colours of the page. */
export const MARK = `<svg viewBox="0 0 32 32" aria-hidden="true" focusable="false"><path d="M4.9 12.6c2.4-1.7 4.9-1.7 7.4 0s5 1.7 7.4 0 4.9-1.7 7.4 0l-1.7 11.1a4 4 0 0 1-4 3.4H10.6a4 4 0 0 1-4-3.4z" fill="var(--blue)"/><path d="M4 6.2 6.6 23.9a4 4 0 0 0 4 3.4h10.8a4 4 0 0 0 4-3.4L28 6.2" fill="none" stroke="var(--ink)" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/></svg>`;

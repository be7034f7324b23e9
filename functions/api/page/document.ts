import { MARK, NAV, type Place } from "@brimline/core/report/frame";
import { html, raw } from "hono/html";

type Html = ReturnType<typeof html>;

const ICON =
  "data:image/svg+xml,%3Csvg%20xmlns=%27http://www.w3.org/2000/svg%27%20viewBox=%270%200%2032%2032%27%3E%3Cpath%20d=%27M4.9%2012.6c2.4-1.7%204.9-1.7%207.4%200s5%201.7%207.4%200%204.9-1.7%207.4%200l-1.7%2011.1a4%204%200%200%201-4%203.4H10.6a4%204%200%200%201-4-3.4z%27%20fill=%27%232f6fd0%27/%3E%3Cpath%20d=%27M4%206.2%206.6%2023.9a4%204%200%200%200%204%203.4h10.8a4%204%200%200%200%204-3.4L28%206.2%27%20fill=%27none%27%20stroke=%27%236d7480%27%20stroke-width=%272.6%27%20stroke-linecap=%27round%27%20stroke-linejoin=%27round%27/%3E%3C/svg%3E";

/** The colours and the frame of the site's pages, without its fonts. Pages of the API need no build of the site. */
const STYLE = raw(`
:root { color-scheme: light dark; --paper: #fcfbf9; --ink: #171a1f; --muted: #59606b; --line: #e4e1da; --sunk: #f4f2ed; --raised: #fff; --blue: #1f5fbf; --link: #1b55ad; --good: #146c43; --red: #c0182b; --gold: #7a5200; --mono: "JetBrains Mono", ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
@media (prefers-color-scheme: dark) { :root { --paper: #0f1217; --ink: #eceef2; --muted: #a3abb8; --line: #252c36; --sunk: #0b0e12; --raised: #151a21; --blue: #6ea8ff; --link: #86b6ff; --good: #57d39b; --red: #ff7a7d; --gold: #f0c05a; } }
*, ::before, ::after { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.6 "Inter Variable", system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
.wrap, main { width: min(100% - 2.5rem, 1088px); margin-inline: auto; }
.top { border-bottom: 1px solid var(--line); }
.top .wrap { display: flex; align-items: center; gap: 1.75rem; min-height: 3.75rem; }
.brand { display: flex; align-items: center; gap: 0.6rem; color: var(--ink); font-size: 1.0625rem; font-weight: 650; letter-spacing: -0.02em; text-decoration: none; }
.brand svg { width: 26px; height: 26px; }
.top nav { display: flex; gap: 1.5rem; margin-left: auto; font-size: 0.9375rem; }
.top nav a { color: var(--muted); text-decoration: none; }
.top nav a:hover, .top nav a[aria-current] { color: var(--ink); }
@media (max-width: 40rem) { .top .wrap { flex-wrap: wrap; gap: 0.25rem 1.5rem; padding-block: 0.75rem; } .brand { flex-basis: 100%; } .top nav { margin-left: 0; gap: 1.25rem; } }
main { padding: 2.5rem 0 4rem; overflow-wrap: anywhere; }
main > p, main > ul { max-width: 46rem; }
h1 { margin: 0 0 1rem; font-size: clamp(1.75rem, 1.2rem + 2.6vw, 3rem); line-height: 1.1; letter-spacing: -0.035em; font-weight: 680; overflow-wrap: anywhere; }
h2 { margin: 2.5rem 0 0.6rem; font-size: 1.25rem; line-height: 1.3; letter-spacing: -0.02em; }
a { color: var(--link); text-underline-offset: 0.2em; }
:focus-visible { outline: 2px solid var(--blue); outline-offset: 3px; }
code, pre { font-family: var(--mono); font-size: 0.875em; }
pre { overflow-x: auto; padding: 1rem; border: 1px solid var(--line); border-radius: 8px; background: var(--sunk); line-height: 1.5; }
.formulas dt { margin-top: 1.25rem; font-weight: 600; }
.formulas dt small { color: var(--muted); font-weight: 400; }
.formulas dd { margin: 0.2rem 0 0; }
.formulas dd small { color: var(--muted); overflow-wrap: anywhere; }
[hidden] { display: none !important; }
`);

interface Around {
  /** The way to the site's root, such as "../../". */
  up?: string;
  /** The place of the navigation that the page is. */
  place?: Place;
}

/** A small page that the API writes itself, with the navigation of the site. */
export const document = (title: string, body: Html, { up = "/", place }: Around = {}): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}: brimline</title>
        <link rel="icon" href="${ICON}" />
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <header class="top">
          <div class="wrap">
            <a class="brand" href="${up}">${raw(MARK)}brimline</a>
            <nav aria-label="Site">
              ${NAV.map(
                ({ key, text, path }) =>
                  html`<a href="${up}${path}" ${key === place ? raw(' aria-current="page"') : ""}
                    >${text}</a
                  > `,
              )}
            </nav>
          </div>
        </header>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html>`;

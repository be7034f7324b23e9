import { html, raw } from "hono/html";

type Html = ReturnType<typeof html>;

const ICON =
  "data:image/svg+xml,%3Csvg%20xmlns=%27http://www.w3.org/2000/svg%27%20viewBox=%270%200%2032%2032%27%3E%3Cpath%20d=%27M4.9%2012.6c2.4-1.7%204.9-1.7%207.4%200s5%201.7%207.4%200%204.9-1.7%207.4%200l-1.7%2011.1a4%204%200%200%201-4%203.4H10.6a4%204%200%200%201-4-3.4z%27%20fill=%27%232f6fd0%27/%3E%3Cpath%20d=%27M4%206.2%206.6%2023.9a4%204%200%200%200%204%203.4h10.8a4%204%200%200%200%204-3.4L28%206.2%27%20fill=%27none%27%20stroke=%27%236d7480%27%20stroke-width=%272.6%27%20stroke-linecap=%27round%27%20stroke-linejoin=%27round%27/%3E%3C/svg%3E";

/** The colours and the frame of the site's pages, without its fonts. Pages of the API need no build of the site. */
const STYLE = raw(`
:root { color-scheme: light dark; --paper: #fcfbf9; --ink: #171a1f; --muted: #59606b; --line: #e4e1da; --sunk: #f4f2ed; --blue: #1f5fbf; --link: #1b55ad; --good: #146c43; --red: #c0182b; }
@media (prefers-color-scheme: dark) { :root { --paper: #0f1217; --ink: #eceef2; --muted: #a3abb8; --line: #252c36; --sunk: #0b0e12; --blue: #6ea8ff; --link: #86b6ff; --good: #57d39b; --red: #ff7a7d; } }
*, ::before, ::after { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.6 "Inter Variable", system-ui, sans-serif; }
.top { border-bottom: 1px solid var(--line); }
.wrap, main { width: min(100% - 2rem, 56rem); margin-inline: auto; }
.top .wrap { display: flex; align-items: center; gap: 1.5rem; min-height: 3.75rem; }
.top a { color: var(--muted); text-decoration: none; }
.formulas dt { margin-top: 1.25rem; font-weight: 600; }
.formulas dt small { color: var(--muted); font-weight: 400; }
.formulas dd { margin: 0.2rem 0 0; }
.formulas dd small { color: var(--muted); overflow-wrap: anywhere; }
@media (max-width: 30rem) { .top .wrap { flex-wrap: wrap; gap: 0.25rem 1rem; padding-block: 0.75rem; } .top a:first-child { flex-basis: 100%; } }
.top a:first-child { margin-right: auto; color: var(--ink); font-weight: 650; }
.top a:hover { color: var(--ink); }
main { padding: 2rem 0 4rem; overflow-wrap: anywhere; }
h1 { margin: 0 0 1rem; font-size: clamp(1.5rem, 1.1rem + 2vw, 2.25rem); line-height: 1.15; letter-spacing: -0.03em; overflow-wrap: anywhere; }
h2 { margin: 2rem 0 0.6rem; font-size: 1.0625rem; }
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--blue); outline-offset: 3px; }
pre { overflow-x: auto; padding: 1rem; border: 1px solid var(--line); border-radius: 8px; background: var(--sunk); }
[hidden] { display: none !important; }
`);

/**
 * A small page that the API writes itself, with the navigation of the site. `up` is the way to the site's root, such as
 * "../../".
 */
export const document = (title: string, body: Html, up = "/"): Html =>
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
          <nav class="wrap" aria-label="Site">
            <a href="${up}">brimline</a><a href="${up}">Reports</a><a href="${up}by/">Lists</a
            ><a href="${up}method/">Method</a><a href="${up}openapi.json">API</a>
          </nav>
        </header>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html>`;

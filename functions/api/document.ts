import { html } from "hono/html";

type Html = ReturnType<typeof html>;

/** A small page that the API writes itself. It is readable without the site's styles. */
export const document = (title: string, body: Html): Html =>
  html`<!doctype html>
    <html lang="en">
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width" />
      <meta name="color-scheme" content="light dark" />
      <title>${title}</title>
      <style>
        body {
          font:
            16px/1.6 system-ui,
            sans-serif;
          max-width: 44rem;
          margin: 3rem auto;
          padding: 0 1rem;
        }
        pre {
          overflow-x: auto;
          padding: 1rem;
          border: 1px solid;
        }
      </style>
      <h1>${title}</h1>
      ${body}
    </html>`;

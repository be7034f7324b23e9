import type { PageFile } from "./files.ts";

/** A page as one file, beside the page of a report and of a comparison. */
export const SINGLE_FILE = "report.html";
export const COMPARISON_FILE = "comparison.html";

/**
 * The page with its styles, fonts, script and pictures within, so that it reads without any other file. Links to other files
 * lead to the site where its address is known; otherwise nothing is behind them, and they are plain text.
 */
export function singleFile(html: string, page: string, files: PageFile[], publicUrl: string | null): string {
  const bodies = new Map(files.map((file) => [pathOf(file, page), file]));
  const dataUrl = (file: PageFile): string =>
    `data:${file.contentType.replaceAll(" ", "")};base64,${Buffer.from(file.body).toString("base64")}`;
  const fileAt = (link: string): PageFile | undefined =>
    bodies.get(new URL(link, `${ORIGIN}${page}`).pathname);
  return html
    .replaceAll(/<link rel="preload"[^>]*>/g, "")
    .replaceAll(/<link rel="stylesheet" href="([^"]+)">/g, (whole, link: string) => {
      const style = fileAt(link);
      if (style === undefined) return whole;
      const css = String(style.body).replaceAll(/url\(([\w.-]+)\)/g, (url, name: string) => {
        const font = bodies.get(`/_astro/${name}`);
        return font === undefined ? url : `url(${dataUrl(font)})`;
      });
      return `<style>${css}</style>`;
    })
    .replaceAll(/<script src="([^"]+)"[^>]*><\/script>/g, (whole, link: string) => {
      const script = fileAt(link);
      // A module waits for the whole page, as the script that is deferred does.
      return script === undefined ? whole : `<script type="module">${String(script.body)}</script>`;
    })
    .replaceAll(/ (src|href)="([^"#][^"]*)"/g, (whole, name: string, link: string) => {
      const isPicture = name === "src" || link.includes("_astro/");
      const file = isPicture ? fileAt(link) : undefined;
      if (file !== undefined) return ` ${name}="${dataUrl(file)}"`;
      if (URL.canParse(link)) return whole;
      const { pathname, search } = new URL(link, `${ORIGIN}${page}`);
      return publicUrl === null ? "" : ` ${name}="${publicUrl}${pathname}${search}"`;
    });
}

/** It names no host, because only paths count. */
const ORIGIN = "https://page.invalid";

const pathOf = ({ path, scope }: PageFile, page: string): string =>
  scope === "asset" ? `/${path}` : `${page}${path}`;

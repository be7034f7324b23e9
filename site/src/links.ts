import { escapeText } from "@brimline/core/report/shown/xml";

/** The way from a page's folder up to the root of the site: "../../" of `/r/<id>/`, "./" of `/`. */
function wayUp(path: string): string {
  const folders = path.split("/").filter((part, index, parts) => part !== "" && index < parts.length - 1);
  return folders.length === 0 ? "./" : "../".repeat(folders.length);
}

/** The page with its links from the root of the site made relative to the page's own place. */
export const relativeLinks = (html: string, path: string): string =>
  html.replaceAll(/ (href|src|data-explore)="\/(?!\/)/g, ` $1="${wayUp(path)}`);

/** A property of the page for previews of links. Astro leaves "<" in attributes, at which simple readers of HTML stumble. */
export const metaTag = (property: string, content: string): string =>
  `<meta property="${property}" content="${escapeText(content)}">`;

import type { IndexEntry } from "@brimline/core/report/entry";
import type { ShelfPage } from "@brimline/core/report/shelf";
import { escapeText } from "@brimline/core/report/shown/xml";
import type { PageFile } from "./files.ts";

/**
 * What tells other programs of the reports: feeds (Atom, RFC 4287, and JSON Feed 1.1), sitemaps and llms.txt. All of
 * them name whole addresses. Each page of the shelf of all reports has a sitemap of its own, so that a report changes
 * the newest alone.
 */
export function feedFiles(pages: ShelfPage[], publicUrl: string): PageFile[] {
  const all = pages.filter(({ shelf }) => shelf.kind === "all");
  const newest = all.find(({ number }) => number === null);
  return [
    ...all.map((page) => file(sitemapPath(page.number), "application/xml", sitemap(page.rows, publicUrl))),
    ...(newest === undefined
      ? []
      : [
          file("sitemap.xml", "application/xml", sitemapIndex(newest, publicUrl)),
          file("feed.xml", "application/atom+xml", atom(newest.rows.slice(0, TOLD), publicUrl)),
          file("feed.json", "application/feed+json", jsonFeed(newest.rows.slice(0, TOLD), publicUrl)),
          file("llms.txt", "text/plain", llms(newest.rows.slice(0, TOLD), publicUrl)),
        ]),
  ];
}

/** So many of the newest reports are told of. */
const TOLD = 30;
const TITLE = "Brimline reports";
const ABOUT = "Measurements of LLM inference endpoints, each with its uncertainty and its raw data.";

const file = (path: string, type: string, body: string): PageFile => ({
  path,
  body: `${body.trim()}\n`,
  contentType: `${type}; charset=utf-8`,
  scope: "asset",
});

const pageUrl = (publicUrl: string, { id }: IndexEntry): string => `${publicUrl}/r/${id}/`;
const titleOf = ({ model, gpu, name }: IndexEntry): string =>
  `${model}${gpu === null ? "" : ` on ${gpu}`}${name === model ? "" : `: ${name}`}`;

function atom(rows: IndexEntry[], publicUrl: string): string {
  const entries = rows.map((row) => {
    const url = escapeText(pageUrl(publicUrl, row));
    return `<entry><title>${escapeText(titleOf(row))}</title><link href="${url}"/><id>${url}</id><updated>${row.createdAt}</updated><summary>${escapeText(row.verdict)}</summary></entry>`;
  });
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<title>${TITLE}</title><subtitle>${ABOUT}</subtitle>
<link href="${escapeText(publicUrl)}/"/><link rel="self" href="${escapeText(publicUrl)}/feed.xml"/>
<id>${escapeText(publicUrl)}/</id><updated>${rows[0]?.createdAt ?? "1970-01-01T00:00:00.000Z"}</updated>
<author><name>Brimline</name></author>
${entries.join("\n")}
</feed>`;
}

const jsonFeed = (rows: IndexEntry[], publicUrl: string): string =>
  JSON.stringify(
    {
      version: "https://jsonfeed.org/version/1.1",
      title: TITLE,
      description: ABOUT,
      home_page_url: `${publicUrl}/`,
      feed_url: `${publicUrl}/feed.json`,
      items: rows.map((row) => ({
        id: pageUrl(publicUrl, row),
        url: pageUrl(publicUrl, row),
        title: titleOf(row),
        content_text: row.verdict,
        date_published: row.createdAt,
        tags: row.tags,
      })),
    },
    null,
    1,
  );

const SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9";

const sitemapPath = (number: number | null): string =>
  number === null ? "by/all/sitemap.xml" : `by/all/${number}/sitemap.xml`;

function sitemap(rows: IndexEntry[], publicUrl: string): string {
  const urls = rows.map(
    (row) =>
      `<url><loc>${escapeText(pageUrl(publicUrl, row))}</loc><lastmod>${row.createdAt.slice(0, 10)}</lastmod></url>`,
  );
  return `<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="${SITEMAPS}">\n${urls.join("\n")}\n</urlset>`;
}

function sitemapIndex({ older }: ShelfPage, publicUrl: string): string {
  const numbers = [null, ...Array.from({ length: older }, (_, index) => older - index)];
  const maps = numbers.map(
    (number) => `<sitemap><loc>${escapeText(`${publicUrl}/${sitemapPath(number)}`)}</loc></sitemap>`,
  );
  return `<?xml version="1.0" encoding="utf-8"?>\n<sitemapindex xmlns="${SITEMAPS}">\n${maps.join("\n")}\n</sitemapindex>`;
}

/** The way into the site for a language model, as https://llmstxt.org has it. */
function llms(rows: IndexEntry[], publicUrl: string): string {
  const links = rows.map(
    (row) =>
      `- [${titleOf(row).replaceAll(/[[\]\n]/g, " ")}](${pageUrl(publicUrl, row)}report.md): ${row.verdict.replaceAll("\n", " ")}`,
  );
  return `# Brimline

> ${ABOUT} A report says how much load an endpoint takes, what that costs, and how far each number can be trusted.

Each report is a page (\`/r/<id>/\`), Markdown (\`/r/<id>/report.md\`) and JSON (\`/r/<id>/report.json\`, where an unknown figure is null with its reasons). \`/r/<id>/job.json\` is the job that asks the same of another endpoint.

## About

- [Method](${publicUrl}/method/): every figure with its formula, its unit and its source
- [All lists](${publicUrl}/by/): rankings, models, GPUs, tags and months
- [API](${publicUrl}/api/): submit a job, follow it, read its report; [as OpenAPI 3.1](${publicUrl}/openapi.json)

## Newest reports

${links.join("\n")}`;
}

import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import { lineOf, pagePath, shelveAll, type ShelfPage } from "@brimline/core/report/shelf";
import { comparedFixtures } from "@brimline/testkit/site/compared";
import { fixtureEntries } from "@brimline/testkit/site/entries";
import { kinds } from "@brimline/testkit/site/kinds";
import { chromium, type Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildWhenStale } from "./build.ts";
import type { PageFile } from "./src/files.ts";
import type * as Renderer from "./src/publish-entry.ts";

/**
 * Every kind of page in Chromium, in light and dark, at 1280, 390 and 320 px. It takes minutes, so it runs only when
 * it is asked for: `BRIMLINE_PAGES=all npx vitest run site/every-page.alone.test.ts`. It prints the bytes, elements and
 * layout shift of each page.
 */
const CHROMIUM = "/usr/bin/chromium";
const isWanted = process.env["BRIMLINE_PAGES"] === "all" && existsSync(CHROMIUM);
const POLICY =
  "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const ORIGIN = "http://pages.test";
const VIOLATIONS: Parameters<AxeBuilder["options"]>[0] = { resultTypes: ["violations"] };
const SHIFT_MAX = 0.02;
/** The sum of the layout shifts so far. */
const SHIFT = `new Promise((done) => new PerformanceObserver((list) => done(list.getEntries().reduce((sum, entry) => sum + entry.value, 0))).observe({ type: "layout-shift", buffered: true }) || setTimeout(() => done(0), 300))`;

interface Site {
  path: string;
  files: Map<string, PageFile>;
}

const KINDS = isWanted ? kinds() : {};
const LISTS = [
  "no report",
  "1 report",
  "300 reports",
  "10000 reports",
  "older page",
  "ranking",
  "all lists",
  "method",
];
const COMPARED = isWanted ? Object.keys(comparedFixtures).map((name) => `comparison ${name}`) : [];
const NAMES = [...Object.keys(KINDS), ...COMPARED, ...LISTS];

describe.skipIf(!isWanted)("every page", () => {
  let browser: Browser;
  const sites: Record<string, Site> = {};
  const shown: string[] = [];

  const siteOf = (path: string, files: PageFile[]): Site => ({
    path,
    files: new Map(
      files.map((file) => [file.scope === "asset" ? `/${file.path}` : `${path}${file.path}`, file]),
    ),
  });

  beforeAll(async () => {
    await buildWhenStale();
    const renderer = (await import(
      pathToFileURL(join(import.meta.dirname, "dist/server/entry.mjs")).href
    )) as typeof Renderer;
    for (const [name, report] of Object.entries(KINDS))
      sites[name] = siteOf(`/r/${report.id}/`, await renderer.renderReport(report, ORIGIN));
    for (const [name, make] of Object.entries(comparedFixtures)) {
      const { comparison, a, b } = make();
      sites[`comparison ${name}`] = siteOf(
        `/c/${b.id}/`,
        await renderer.renderComparison(comparison, a, b, ORIGIN),
      );
    }
    const lists = async (count: number): Promise<[ShelfPage[], PageFile[]]> => {
      const all = shelveAll(fixtureEntries(count));
      const newest = all.map(({ newest: page }): ShelfPage => ({ ...page, number: null }));
      const older = all
        .slice(0, 1)
        .flatMap(({ newest: page, full }) =>
          full.slice(-1).map((rows): ShelfPage => ({ ...page, rows, number: page.older })),
        );
      const empty = {
        shelf: { kind: "all" as const, value: "All reports", path: "all/" },
        reports: 0,
        older: 0,
      };
      const pages = newest.length === 0 ? [{ ...empty, rows: [], number: null }] : [...newest, ...older];
      const shelves = all.flatMap(({ newest: page }) => lineOf(page) ?? []);
      return [pages, await renderer.renderLists({ pages, shelves }, ORIGIN)];
    };
    for (const [name, count] of [
      ["no report", 0],
      ["1 report", 1],
      ["300 reports", 300],
      ["10000 reports", 10_000],
    ] as const)
      sites[name] = siteOf("/", (await lists(count))[1]);
    const [pages, files] = await lists(300);
    const at = (page: ShelfPage | undefined): string => `/${page === undefined ? "" : pagePath(page)}`;
    sites["older page"] = siteOf(at(pages.find(({ number }) => number !== null)), files);
    sites["ranking"] = siteOf(at(pages.find(({ shelf }) => shelf.kind === "board")), files);
    sites["all lists"] = siteOf("/by/", files);
    sites["method"] = siteOf("/method/", files);
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--headless", "--no-sandbox", "--disable-gpu"],
    });
  }, 300_000);
  afterAll(async () => {
    console.log(shown.join("\n"));
    await browser.close();
  });

  test.each(NAMES)("%s", { timeout: 300_000 }, async (name) => {
    const site = sites[name];
    if (site === undefined) throw new Error(`no page ${name}`);
    for (const colorScheme of ["light", "dark"] as const)
      for (const width of [1280, 390, 320]) {
        const context = await browser.newContext({ viewport: { width, height: 844 }, colorScheme });
        const page = await context.newPage();
        const complaints: string[] = [];
        page.on("console", (message) => complaints.push(message.text()));
        page.on("pageerror", (error) => complaints.push(String(error)));
        await page.route("**/*", (route) => {
          const { pathname } = new URL(route.request().url());
          const file = site.files.get(pathname.endsWith("/") ? `${pathname}index.html` : pathname);
          if (file === undefined) return route.fulfill({ status: 404 });
          return route.fulfill({
            body: Buffer.from(file.body),
            contentType: file.contentType,
            headers: { "content-security-policy": POLICY },
          });
        });
        await page.goto(`${ORIGIN}${site.path}`, { waitUntil: "networkidle" });
        const about = `${name}, ${colorScheme}, ${width} px`;
        expect([about, await page.evaluate("document.documentElement.scrollWidth")]).toEqual([about, width]);
        expect([about, ...complaints]).toEqual([about]);
        expect(await page.evaluate(SHIFT), about).toBeLessThan(SHIFT_MAX);
        if (width !== 320) {
          const axe = new AxeBuilder({ page }).options(VIOLATIONS).exclude(".chart g");
          const { violations } = await axe.analyze();
          expect([
            about,
            ...violations.map(
              ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 140)).join(" | ")}`,
            ),
          ]).toEqual([about]);
        }
        if (colorScheme === "light" && width === 1280)
          shown.push(
            `${name}: ${String(await page.evaluate("document.documentElement.outerHTML.length + ' bytes, ' + document.querySelectorAll('*').length + ' elements, ' + document.documentElement.scrollHeight + ' px'"))}`,
          );
        await context.close();
      }
  });
});

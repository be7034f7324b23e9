import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import { lineOf, pagePath, shelveAll, type ShelfPage } from "@brimline/core/report/shelf";
import { comparedJobs } from "@brimline/testkit/functions/compared-jobs";
import { JOB, setState, type Testbed, testbed } from "@brimline/testkit/functions/testbed";
import { comparedFixtures } from "@brimline/testkit/site/compared";
import { fixtureEntries } from "@brimline/testkit/site/entries";
import { kinds } from "@brimline/testkit/site/kinds";
import { trendFixture } from "@brimline/testkit/site/trended";
import { chromium, type Browser, type Page, type Route } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildWhenStale } from "./build.ts";
import type { PageFile } from "./src/files.ts";
import type * as Renderer from "./src/publish-entry.ts";

/**
 * Every kind of page in Chromium, in light and dark, at 1280, 390 and 320 px. It takes minutes, so it runs only when
 * it is asked for: `BRIMLINE_PAGES=all npx vitest run site/every-page.alone.test.ts`. It prints a table of what each page
 * has: its bytes, its elements, its height and the largest layout shift.
 */
const CHROMIUM = "/usr/bin/chromium";
const isWanted = process.env["BRIMLINE_PAGES"] === "all" && existsSync(CHROMIUM);
const POLICY =
  "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const ORIGIN = "http://127.0.0.1:4870";
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
/** What the service writes itself, by its address. */
const SERVED: Record<string, (bed: Testbed) => Promise<string>> = {
  "live page, running": async (bed) => {
    const { json } = await bed.send("POST", "/v1/jobs", { ...JOB, name: "Nightly" });
    const id = String(json?.["id"]);
    await setState(bed, id, "running");
    return `/j/${id}/`;
  },
  API: () => Promise.resolve("/api/"),
  "all problems": () => Promise.resolve("/problems"),
  "a problem": () => Promise.resolve("/problems/address_refused"),
  "nothing there (404)": () => Promise.resolve("/nothing/"),
  "method, before any report": () => Promise.resolve("/method/"),
  "lists, before any report": () => Promise.resolve("/by/"),
  "two compared": async (bed) => {
    const { a, b } = await comparedJobs(bed, "worse");
    return `/compare/?a=${a}&b=${b}`;
  },
};
/** What a script puts on a page, after its files are there. */
const SCRIPTED: Record<string, string> = {
  "live page, running": "#run",
  "two compared": "#curves svg >> visible=true",
};
const NAMES = [...Object.keys(KINDS), ...COMPARED, "trend", ...LISTS, ...Object.keys(SERVED)];
/** What a page has at 1280 px in light. The layout shift is the largest of all. */
interface Row {
  bytes: number;
  elements: number;
  height: number;
  shift: number;
}

describe.skipIf(!isWanted)("every page", () => {
  let browser: Browser;
  const sites: Record<string, Site> = {};
  const rows = new Map<string, Row>();

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
    const trend = "by/tag/nightly/trend/";
    sites["trend"] = siteOf(`/${trend}`, await renderer.renderTrend(trendFixture(), trend, ORIGIN));
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
    sites["method"] = siteOf("/method/", await renderer.renderSite(ORIGIN));
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--headless", "--no-sandbox", "--disable-gpu"],
    });
  }, 300_000);
  afterAll(async () => {
    const line = (cells: (string | number)[]): string => `| ${cells.join(" | ")} |`;
    console.log(
      [
        line(["page", "bytes", "elements", "height, px", "layout shift"]),
        "|---|---:|---:|---:|---:|",
        ...[...rows].map(([name, { bytes, elements, height, shift }]) =>
          line([
            name,
            bytes.toLocaleString("en-US"),
            elements.toLocaleString("en-US"),
            height.toLocaleString("en-US"),
            shift.toFixed(3),
          ]),
        ),
      ].join("\n"),
    );
    await browser.close();
  });

  /** Answers what a page asks for: from the files of a site, or from a service. */
  async function answerOf(name: string): Promise<{ path: string; answer: (route: Route) => Promise<void> }> {
    const served = SERVED[name];
    if (served === undefined) {
      const site = sites[name];
      if (site === undefined) throw new Error(`no page ${name}`);
      return {
        path: site.path,
        answer: (route) => {
          const { pathname } = new URL(route.request().url());
          const file = site.files.get(pathname.endsWith("/") ? `${pathname}index.html` : pathname);
          if (file === undefined) return route.fulfill({ status: 404 });
          return route.fulfill({
            body: Buffer.from(file.body),
            contentType: file.contentType,
            headers: { "content-security-policy": POLICY },
          });
        },
      };
    }
    const bed = await testbed();
    return {
      path: await served(bed),
      answer: async (route) => {
        const request = route.request();
        const sent = await bed.app.fetch(
          new Request(request.url(), {
            method: request.method(),
            headers: request.headers(),
            body: request.postData(),
          }),
        );
        // A stream of events has no end while its job runs.
        const reader = sent.body?.getReader();
        const isStream = sent.headers.get("content-type")?.startsWith("text/event-stream") === true;
        const chunks: Uint8Array[] = [];
        for (;;) {
          const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
          if (done || value === undefined) break;
          chunks.push(value);
          if (isStream) break;
        }
        await reader?.cancel();
        await route.fulfill({
          status: sent.status,
          headers: Object.fromEntries(sent.headers),
          body: Buffer.concat(chunks),
        });
      },
    };
  }

  test.each(NAMES)("%s", { timeout: 600_000 }, async (name) => {
    const { path, answer } = await answerOf(name);
    const isMissing = name.includes("404");
    for (const colorScheme of ["light", "dark"] as const)
      for (const width of [1280, 390, 320]) {
        const context = await browser.newContext({ viewport: { width, height: 844 }, colorScheme });
        const page = await context.newPage();
        const complaints: string[] = [];
        // That the page itself is not there is what the browser is told.
        page.on("console", (message) => {
          if (!(isMissing && message.text().includes("404"))) complaints.push(message.text());
        });
        page.on("pageerror", (error) => complaints.push(String(error)));
        await page.route("**/*", answer);
        await page.goto(`${ORIGIN}${path}`, { waitUntil: name.startsWith("live") ? "load" : "networkidle" });
        const scripted = SCRIPTED[name];
        if (scripted !== undefined) await page.locator(scripted).waitFor();
        const about = `${name}, ${colorScheme}, ${width} px`;
        expect([about, await page.evaluate("document.documentElement.scrollWidth")]).toEqual([about, width]);
        const shift = Number(await page.evaluate(SHIFT));
        expect(shift, about).toBeLessThan(SHIFT_MAX);
        if (width !== 320) expect([about, ...(await findings(page))]).toEqual([about]);
        expect([about, ...complaints]).toEqual([about]);
        const row = rows.get(name) ?? ((await page.evaluate(ROW)) as Row);
        rows.set(name, { ...row, shift: Math.max(row.shift, shift) });
        await context.close();
      }
  });
});

const ROW = `({ bytes: new TextEncoder().encode(document.documentElement.outerHTML).length, elements: document.querySelectorAll("*").length, height: document.documentElement.scrollHeight, shift: 0 })`;

async function findings(page: Page): Promise<string[]> {
  const axe = new AxeBuilder({ page }).setLegacyMode(true).options(VIOLATIONS).exclude(".chart g");
  const { violations } = await axe.analyze();
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 140)).join(" | ")}`,
  );
}

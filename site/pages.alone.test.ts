import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { AxeBuilder } from "@axe-core/playwright";
import { NAMES } from "@brimline/core/report/catalogue";
import { chartPaths, chartsOf } from "@brimline/core/report/shown/charts";
import { indexEntry, type IndexEntry } from "@brimline/core/report/entry";
import { emptyShelf, lineOf, shelveAll } from "@brimline/core/report/shelf";
import type { Report } from "@brimline/core/report/schema";
import { serialise } from "@brimline/core/report/serialise";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildWhenStale } from "./build.ts";
import { aggregatedReport } from "@brimline/testkit/site/aggregated";
import { type Compared, comparedFixtures } from "@brimline/testkit/site/compared";
import { fixtureReport } from "@brimline/testkit/site/report";
import { fixtures } from "@brimline/testkit/site/reports";
import { trendFixture } from "@brimline/testkit/site/trended";
import type { PageFile } from "./src/files.ts";
import type * as Renderer from "./src/publish-entry.ts";

const run = promisify(execFile);
const site = import.meta.dirname;
const reports: Record<string, Report> = { ...fixtures, aggregated: aggregatedReport([4, 16, 64]) };
const rendered: Record<string, PageFile[]> = {};
const comparisons: Record<string, Compared> = Object.fromEntries(
  Object.entries(comparedFixtures).map(([name, make]) => [name, make()]),
);
const renderedComparisons: Record<string, PageFile[]> = {};
let index: PageFile[] = [];
let renderer: typeof Renderer;

const htmlOf = (files: PageFile[]): string => String(files.find(({ path }) => path === "index.html")?.body);

beforeAll(async () => {
  await buildWhenStale();
  renderer = (await import(pathToFileURL(join(site, "dist/server/entry.mjs")).href)) as typeof Renderer;
  for (const [name, report] of Object.entries(reports)) rendered[name] = await renderer.renderReport(report);
  for (const [name, { comparison, a, b }] of Object.entries(comparisons))
    renderedComparisons[name] = await renderer.renderComparison(comparison, a, b);
  index = [...(await listsOf(Object.values(reports).map(indexEntry))), ...(await renderer.renderSite())];
}, 120_000);

/** The lists of these reports, as publish writes them. */
function listsOf(entries: IndexEntry[], publicUrl: string | null = null): Promise<PageFile[]> {
  const all = shelveAll(entries);
  const pages = all.map(({ newest }) => ({ ...newest, number: null }));
  const home = { ...emptyShelf({ kind: "all", value: "All reports", path: "all/" }), number: null };
  return renderer.renderLists(
    {
      pages: pages.length === 0 ? [home] : pages,
      shelves: all.flatMap(({ newest }) => lineOf(newest) ?? []),
    },
    publicUrl,
  );
}

const linksOf = (html: string): string[] =>
  [...html.matchAll(/ (?:src|href)="([^"]+)"/g)].map(([, target]) => target ?? "");

describe.each(Object.keys(reports))("the page of the report %s", (name) => {
  const files = (): PageFile[] => rendered[name] ?? [];
  const report = reports[name];
  if (report === undefined) throw new Error("no report");

  test("shows the verdict, and never NaN, undefined, null or [object Object]", () => {
    const html = htmlOf(files());
    const text = html.replaceAll(/<[^>]*>/g, " ");
    expect(text).toContain(report.verdict.sentence.slice(0, 20));
    expect(text).not.toMatch(/\bNaN\b|\bundefined\b|\bnull\b|\[object|Infinity/);
  });

  test("has the site's own script, no inline script or style, and nothing from another site", () => {
    const html = htmlOf(files());
    expect(html).not.toMatch(/javascript:|<[^>]* (?:src|href)="(?:https?:)?\/\//);
    // What stands in the value of an attribute is none.
    const bare = html.replaceAll(/="[^"]*"/g, "=").replace("<script src= data-explore= defer></script>", "");
    expect(bare).not.toMatch(/<script|<style|<[^>]* style=|<[^>]* on\w+=/);
  });

  test("links only to files that are published with it or to the index", () => {
    const paths = files().map(({ path, scope }) => (scope === "asset" ? `../../${path}` : path));
    const targets = linksOf(htmlOf(files())).filter((target) => !target.startsWith("#"));
    expect(targets.length).toBeGreaterThan(2);
    for (const target of targets)
      expect([...paths, "../../", "../../by/", "../../method/"]).toContain(target);
  });

  test("has every id once, and a target for every link within the page", () => {
    const html = htmlOf(files());
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id ?? "");
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, goal] of html.matchAll(/ href="#([^"]+)"/g)) expect(ids).toContain(goal);
  });

  test("comes with its data and with every chart that the report has", () => {
    const paths = files()
      .filter(({ scope }) => scope === "page")
      .map(({ path }) => path);
    const charts = chartsOf(report).flatMap((chart) => {
      const { svg, png, spec } = chartPaths(chart);
      return [svg, spec, ...(png === null ? [] : [png])];
    });
    expect(paths.toSorted()).toEqual(
      [
        "index.html",
        "report.html",
        "report.json",
        "report.md",
        "badge.svg",
        "job.json",
        "levels.csv",
        "preview.png",
        ...charts,
      ].toSorted(),
    );
    expect(files().find(({ path }) => path === "report.json")?.body).toBe(serialise(report));
  });
});

describe.each(Object.keys(comparisons))("the page of the comparison %s", (name) => {
  const files = (): PageFile[] => renderedComparisons[name] ?? [];
  const compared = comparisons[name];
  if (compared === undefined) throw new Error("no comparison");
  const { comparison, a, b } = compared;

  test("says what changed, shows every figure that decides, and never NaN, undefined, null or [object Object]", () => {
    const text = htmlOf(files())
      .replaceAll(/<[^>]*>/g, " ")
      .replaceAll(/\s+/g, " ");
    expect(text).toMatch(
      { worse: /Worse than/, better: /Better than/, same: /The same as/, inconclusive: /Not told apart/ }[
        comparison.verdict
      ],
    );
    expect(text).not.toMatch(/\bNaN\b|\bundefined\b|\bnull\b|\[object|Infinity/);
    expect(htmlOf(files()).match(/<svg class="strip"/g)).toHaveLength(
      comparison.gate.length + comparison.detail.length,
    );
  });

  test("has no script, no inline style, nothing from another site, and every id once", () => {
    const html = htmlOf(files());
    expect(html).not.toMatch(/javascript:|<[^>]* (?:src|href)="(?:https?:)?\/\//);
    expect(html.replaceAll(/="[^"]*"/g, "=")).not.toMatch(/<script|<style|<[^>]* style=|<[^>]* on\w+=/);
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id ?? "");
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, goal] of html.matchAll(/ href="#([^"]+)"/g)) expect(ids).toContain(goal);
  });

  test("comes with its data and the curves, and links these, both reports and the places of the site", () => {
    const paths = files().map(({ path, scope }) => (scope === "asset" ? `../../${path}` : path));
    const own = paths.filter((path) => !path.startsWith("../"));
    const drawn = a.levels.length > 1 ? ["curves.svg", "curves.vl.json"] : [];
    expect(own.toSorted()).toEqual(["comparison.html", "comparison.json", ...drawn, "index.html"].toSorted());
    const { body } = files().find(({ path }) => path === "comparison.json") ?? {};
    expect(JSON.parse(String(body))).toEqual(JSON.parse(JSON.stringify(comparison)));
    const targets = linksOf(htmlOf(files())).filter((target) => !target.startsWith("#"));
    const ofReports = [a, b].flatMap(({ id }) => [`../../r/${id}/`, `../../r/${id}/report.json`]);
    for (const target of targets)
      expect([...paths, "../../", "../../by/", "../../method/", "../../api/", ...ofReports]).toContain(
        target,
      );
    for (const target of ofReports) expect(targets).toContain(target);
  });
});

describe("the page of a trend", () => {
  const PATH = "by/tag/nightly/trend/";

  test("says each step in words, draws it, and links the jobs and the list of the tag", async () => {
    const trend = trendFixture();
    const files = await renderer.renderTrend(trend, PATH);
    const html = String(files.find(({ path }) => path === `${PATH}index.html`)?.body);
    const text = html.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
    expect(text).toMatch(/Worse since main \w+ 16 November 2026 TTFT p95 at \d+ users rose by/);
    expect(text).not.toMatch(/\bNaN\b|\bundefined\b|\bnull\b|\[object|Infinity|could not be drawn/);
    const targets = linksOf(html);
    expect(targets).toEqual(
      expect.arrayContaining(["..", ...trend.jobs.map(({ id }) => `../../../../r/${id}/`)]),
    );
  });

  test("says of few jobs, and of texts from outside, no more than it may", async () => {
    const hostile = "</script><img src=x onerror=alert(1)>";
    const few = trendFixture({ jobs: 2, step: null, tag: hostile, name: () => hostile });
    const html = String(
      (await renderer.renderTrend(few, PATH)).find(({ path }) => path === `${PATH}index.html`)?.body,
    );
    expect(html).toContain("There are 2 jobs of a kind so far");
    expect(html).not.toContain("<img src=x");
  });
});

test("the page of a report says what it is beside its baseline, and links the page of that", async () => {
  const { comparison, b } = comparisons["worse"] ?? {};
  if (comparison === undefined || b === undefined) throw new Error("no comparison");
  const html = htmlOf(await renderer.renderReport(b, null, comparison));
  expect(html).toContain(`<a href="../../c/${b.id}/">`);
  expect(html).toContain(comparison.sentence.slice(0, 40));
  expect(htmlOf(rendered["three"] ?? [])).not.toContain("/c/");
});

test("a page has a banner when its prompts had no salt, and none when they had", async () => {
  const report = fixtures.cancelled;
  const unsalted = { ...report, job: { ...report.job, workload: { ...report.job.workload, salt: false } } };
  expect(htmlOf(await renderer.renderReport(unsalted))).toMatch(
    /<div class="banner[^>]*><div class="wrap"><strong>No salt\.<\/strong>/,
  );
  expect(htmlOf(rendered["cancelled"] ?? [])).not.toContain("No salt.");
});

test("the prompt tokens that the endpoint counted are shown beside the asked ones", () =>
  expect(htmlOf(rendered["aggregated"] ?? []).replaceAll(/<[^>]*>/g, " ")).toMatch(
    /Prompt tokens\s+16\.0 a request, as the endpoint counts; 16\.0 asked/,
  ));

test("everything that the seed printed is on the page of three levels", () => {
  const text = htmlOf(rendered["three"] ?? [])
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll("&#39;", "'");
  for (const wanted of [
    "NVIDIA A40",
    "149.7 TFLOPS",
    "36 of 36 requests ok",
    "20.0 s",
    "TTFT avg",
    "TTFT P99",
    "E2E P95",
    "Per request tok/s P50",
    "MFU",
    "Power W",
    "Tokens/J",
    "Against 10 users",
    "+616.3",
    "Marginal gains",
    "R² 0.9991, excellent",
    "Test next",
    "150 users",
    "no saturation was seen",
    "Best throughput per user",
  ]) {
    expect(text.replaceAll(/\s+/g, " ")).toContain(wanted);
  }
});

test("the setup shows what the client adds when the client measured it", () => {
  expect(htmlOf(rendered["three"] ?? []).replaceAll("&#39;", "'")).toMatch(
    /Client's own error<\/dt><dd>at most 0\.42\s?ms in a TTFT, 0\.31\s?ms in a gap/,
  );
  expect(htmlOf(rendered["aggregated"] ?? [])).not.toContain("own error</dt>");
});

test("a simulated job, a cancelled one and one that was cut short say so at the top", () => {
  expect(htmlOf(rendered["three"] ?? [])).toContain("is a simulation");
  expect(htmlOf(rendered["sweep"] ?? [])).not.toContain("is a simulation");
  expect(htmlOf(rendered["cancelled"] ?? [])).toContain("This job was cancelled. No level was completed.");
  expect(htmlOf(rendered["tooShort"] ?? [])).toContain("This job was cut short.");
});

test("names from outside are escaped everywhere", () => {
  for (const html of [rendered["hostile"] ?? [], renderedComparisons["hostile"] ?? [], index].map(htmlOf)) {
    expect(html).toContain("&lt;/script&gt;&lt;img");
    expect(html).not.toMatch(/<img src=x|<svg onload/);
  }
});

test("a second rendering gives the same bytes", async () => {
  expect(await renderer.renderReport(fixtures.three)).toEqual(rendered["three"]);
});

test("the index links every report once, in a line of its own", () => {
  const links = linksOf(htmlOf(index)).flatMap((link) => /^\.\/r\/([^/]+)\/$/.exec(link)?.[1] ?? []);
  expect(links.toSorted()).toEqual(
    Object.values(reports)
      .map(({ id }) => id)
      .toSorted(),
  );
});

test("every list that a page of lists leads to is there", () => {
  const paths = index.map(({ path }) => path);
  for (const { path, body } of index.filter((file) => file.path.endsWith("index.html"))) {
    const at = new URL(path.replace("index.html", ""), "https://page.test/");
    for (const link of linksOf(String(body)).filter(
      (each) => !each.startsWith("#") && !each.includes("feed."),
    )) {
      const goal = new URL(link, at).pathname.slice(1);
      if (!goal.startsWith("r/")) expect(paths).toContain(/(^|\/)$/.test(goal) ? `${goal}index.html` : goal);
    }
  }
});

test("pages of a service lead to all places of the site and to what it answers, and others to places alone", async () => {
  const rows = Object.values(reports).map(indexEntry);
  for (const [publicUrl, compare, api] of [
    ["https://bench.example", ["./compare/"], ["./api/"]],
    [null, [], []],
  ] as const) {
    const home = (await listsOf(rows, publicUrl)).find(({ path }) => path === "index.html");
    const nav = /<nav aria-label="Site">.*?<\/nav>/s.exec(String(home?.body))?.[0] ?? "";
    expect(linksOf(nav)).toEqual(["./", "./by/", ...compare, "./method/", ...api]);
  }
});

test("feeds, sitemaps and llms.txt name whole addresses, and escape what comes from outside", async () => {
  const files = await listsOf(Object.values(reports).map(indexEntry), "https://bench.example/x");
  const text = (path: string): string => String(files.find((file) => file.path === path)?.body);
  const at = `https://bench.example/x/r/${fixtures.hostile.id}/`;
  const { items } = JSON.parse(text("feed.json")) as { items: { url: string }[] };
  expect(items.map(({ url }) => url)).toContain(at);
  for (const path of ["feed.xml", "by/all/sitemap.xml", "llms.txt"]) expect(text(path)).toContain(at);
  expect(text("feed.xml")).toContain("&lt;/script&gt;");
  expect(text("feed.xml")).not.toContain("<img");
  expect(text("sitemap.xml")).toContain("<loc>https://bench.example/x/by/all/sitemap.xml</loc>");
  expect(index.map(({ path }) => path)).not.toContain("feed.xml");
});

test("a badge says what a report found, and a preview has its picture", async () => {
  const badgeOf = (name: string): string =>
    String(rendered[name]?.find(({ path }) => path === "badge.svg")?.body);
  expect(badgeOf("sweep")).toContain("brimline: 64 users, 2,060 tok/s");
  expect(badgeOf("cancelled")).toContain("brimline: cancelled");
  const html = htmlOf(await renderer.renderReport(fixtures.three, "https://bench.example"));
  expect(html).toContain(
    `<meta property="og:image" content="https://bench.example/r/${fixtures.three.id}/preview.png">`,
  );
  const picture = Buffer.from(rendered["three"]?.find(({ path }) => path === "preview.png")?.body ?? "");
  expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([1200, 630]);
});

test("a page as one file needs no other, and leads to the site only where its address is known", async () => {
  const of = (files: PageFile[] = []): string =>
    String(files.find(({ path }) => path === "report.html")?.body);
  const alone = of(rendered["single"]);
  expect(linksOf(alone).filter((link) => !/^(#|data:(image|font))/.test(link))).toEqual([]);
  expect(alone.match(/url\(data:font\/woff2;base64,/g)).toHaveLength(2);
  expect(alone).not.toMatch(/url\((?!data:)/);
  const at = `https://bench.example/r/${fixtures.single.id}/`;
  expect(linksOf(of(await renderer.renderReport(fixtures.single, "https://bench.example")))).toContain(
    `${at}report.json`,
  );
});

test("a level alone has no chart against the load, and a figure that no level has is in no table", () => {
  const html = htmlOf(rendered["single"] ?? []);
  expect(html).toContain('<figure id="timeline">');
  expect(html).not.toMatch(/<figure id="(latency|saturation|tradeoff|throughput)"/);
  expect(html).not.toContain(">MBU<");
  expect(html.replaceAll(/<[^>]*>/g, "")).toContain("MBU: the GPU&#39;s peak is not known.");
});

test("the method page has every figure of the catalogue with its formula and its unit", () => {
  const html = String(index.find(({ path }) => path === "method/index.html")?.body);
  for (const name of NAMES) expect(html).toContain(`<div id="${name}">`);
  expect(html.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ")).toContain(
    "TPOT (spread) ms (Last chunk − first chunk) ÷ tokens after the first chunk",
  );
});

test("a site that knows its address gives it to previews of links, and another gives none", async () => {
  const of = async (publicUrl: string | null): Promise<string[]> =>
    [...htmlOf(await listsOf([], publicUrl)).matchAll(/<meta property="og:url" content="([^"]*)"/g)].map(
      ([, url]) => url ?? "",
    );
  expect([await of("https://bench.example/x"), await of(null)]).toEqual([["https://bench.example/x/"], []]);
});

test("an empty index says so", async () =>
  expect(htmlOf(await listsOf([]))).toContain("No report is published here yet."));

test(
  "astro build over a folder of reports gives the same bytes, and leaves out what is no report",
  { timeout: 180_000 },
  async () => {
    const folder = await mkdtemp(join(site, ".astro", "test-static-"));
    try {
      const stored = join(folder, "reports");
      const out = join(folder, "out");
      await mkdir(join(stored, fixtures.cancelled.id), { recursive: true });
      await writeFile(join(stored, `${fixtures.single.id}.json`), serialise(fixtures.single));
      await writeFile(join(stored, fixtures.cancelled.id, "report.json"), serialise(fixtures.cancelled));
      await writeFile(join(stored, "notes.json"), "{}");
      const astro = join(site, "../node_modules/astro/bin/astro.mjs");
      const { stderr, stdout } = await run(process.execPath, [astro, "build"], {
        cwd: site,
        env: {
          ...process.env,
          NODE_ENV: "production",
          ASTRO_TELEMETRY_DISABLED: "1",
          BRIMLINE_REPORTS: stored,
          BRIMLINE_SITE_OUT: out,
        },
      });
      expect(stdout + stderr).toContain("skipped notes.json");
      for (const [id, name] of [
        [fixtures.single.id, "single"],
        [fixtures.cancelled.id, "cancelled"],
      ] as const) {
        const files = rendered[name] ?? [];
        expect(files.length).toBeGreaterThan(2);
        for (const { path, body, scope } of files) {
          expect(
            await readFile(scope === "asset" ? join(out, path) : join(out, "r", id, path)),
            path,
          ).toEqual(Buffer.from(body));
        }
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);

const CHROMIUM = "/usr/bin/chromium";
const FLAGS =
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";
const ORIGIN = "http://pages.test";
/** Axe reports violations only, because it would list thousands of elements that are fine. */
const VIOLATIONS: Parameters<AxeBuilder["options"]>[0] = { resultTypes: ["violations"] };

/**
 * What axe finds. A chart is one named image, so the thousands of shapes in it are taken out before. Pages have no
 * frames, for which alone axe would open a tab of its own.
 */
async function axeOf(page: Page): Promise<string[]> {
  await page.evaluate('for (const shapes of document.querySelectorAll(".chart g")) shapes.remove()');
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).options(VIOLATIONS).analyze();
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`,
  );
}

/** This policy is stricter than the service's, because pages need no exception for inline style. */
const POLICY =
  "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

describe.skipIf(!existsSync(CHROMIUM))(`in Chromium (skipped where ${CHROMIUM} is missing)`, () => {
  let browser: Browser;
  /** A tab opens page after page, because each new one costs as much as what it shows. */
  let page: Page;
  let complaints: string[] = [];
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS.split(" ") });
    page = await (await browser.newContext()).newPage();
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("dialog", (dialog) => complaints.push(`dialog ${dialog.message()}`));
  }, 180_000);
  afterAll(() => browser.close());

  /** Opens a page of these files, whose complaints are collected from then on. */
  async function open(
    files: PageFile[],
    path: string,
    { width, colorScheme = "light" }: { width: number; colorScheme?: "light" | "dark" },
  ): Promise<void> {
    complaints = [];
    await page.setViewportSize({ width, height: 844 });
    await page.emulateMedia({ colorScheme });
    await page.unrouteAll();
    await page.route("**/*", (route) => {
      const wanted =
        new URL(route.request().url()).pathname.replace(path, "").replace(/^\//, "") || "index.html";
      const file = files.find((one) => one.path === wanted);
      if (file === undefined) return route.fulfill({ status: 404 });
      return route.fulfill({
        body: Buffer.from(file.body),
        contentType: file.contentType,
        headers: { "content-security-policy": POLICY },
      });
    });
    await page.goto(`${ORIGIN}${path}`);
  }

  test.each(Object.keys(reports))(
    "the report %s is quiet under a strict policy and fits 390 px",
    async (name) => {
      await open(rendered[name] ?? [], `/r/${reports[name]?.id ?? ""}/`, {
        width: 390,
      });
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
      expect(complaints).toEqual([]);
    },
  );

  // Others are opened by every-page.alone.test.ts. More levels are only more cells, each of which axe looks at.
  test(
    "axe finds nothing on a page with an objective, a price and failures in the dark at 1280 px",
    { timeout: 180_000 },
    async () => {
      const report = fixtureReport({
        id: "short000000000000000",
        users: [1, 512],
        hasSlo: true,
        name: "Short",
      });
      await open(await renderer.renderReport(report), `/r/${report.id}/`, {
        width: 1280,
        colorScheme: "dark",
      });
      expect(await axeOf(page)).toEqual([]);
    },
  );

  test.each(["single", "hostile"])(
    "the comparison %s is quiet under a strict policy and fits 390 px",
    async (name) => {
      await open(renderedComparisons[name] ?? [], `/c/${comparisons[name]?.b.id ?? ""}/`, { width: 390 });
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
      expect(complaints).toEqual([]);
    },
  );

  test.each([["better", "dark", 1280]] as const)(
    "axe finds nothing on the comparison %s in %s at %i px",
    { timeout: 180_000 },
    async (name, colorScheme, width) => {
      await open(renderedComparisons[name] ?? [], `/c/${comparisons[name]?.b.id ?? ""}/`, {
        width,
        colorScheme,
      });
      expect(await axeOf(page)).toEqual([]);
    },
  );

  test(
    "the trend fits 390 px in the dark without complaints or findings of axe",
    { timeout: 180_000 },
    async () => {
      const path = "by/tag/nightly/trend/";
      const files = await renderer.renderTrend(trendFixture(), path);
      await open(
        files.map((file) => ({ ...file, path: file.path.replace(path, "") })),
        `/${path}`,
        { width: 390, colorScheme: "dark" },
      );
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
      expect(complaints).toEqual([]);
      expect(await axeOf(page)).toEqual([]);
    },
  );

  test("a reader's own price changes what each level costs, and a chart can be explored under a strict policy", async () => {
    const path = `/r/${fixtures.sweep.id}/`;
    await open(rendered["sweep"] ?? [], path, { width: 1280 });
    const usd = async (): Promise<number> =>
      Number((await page.locator(".priced strong").textContent())?.replace("$", ""));
    const given = await usd();
    await page.locator("#price").fill("39");
    expect((await usd()) / given / 100).toBeCloseTo(1, 1);
    expect(await page.locator("#cost svg text").filter({ hasText: "$" }).first().textContent()).not.toBe(
      "$0.5",
    );
    const figure = page.locator("figure#throughput");
    const explore = figure.getByRole("button", { name: "Explore" });
    await page.route("**/_astro/*.js", (route) => route.abort(), { times: 1 });
    await explore.click();
    await figure.getByText("Not loaded: try again").waitFor();
    complaints.length = 0;
    await explore.click();
    await figure.locator("canvas").waitFor();
    expect(complaints).toEqual([]);
  });

  test("a list is searched and sorted where it lies", async () => {
    await open(index, "/", { width: 1280 });
    await page.getByRole("searchbox").fill("sweep a40");
    expect(await page.locator(".find output").textContent()).toBe(
      `1 of ${Object.keys(reports).length} on this page`,
    );
    await page.getByRole("searchbox").fill("");
    const columns = page.locator(".reports tbody tr td.bar span");
    await page.getByRole("button", { name: "Output, tok/s" }).click();
    const rates = (await columns.allTextContents()).map((text) => Number(text.replace(",", "")));
    const known = rates.filter((rate) => !Number.isNaN(rate));
    expect(known.length).toBeGreaterThan(2);
    expect(known).toEqual(known.toSorted((a, b) => b - a));
    expect(Number.isNaN(rates.at(-1))).toBe(known.length < rates.length);
  });

  test("the index fits 390 px without errors in the console or findings of axe", async () => {
    await open(index, "/", { width: 390 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
    expect(complaints).toEqual([]);
    expect(await axeOf(page)).toEqual([]);
  });
});

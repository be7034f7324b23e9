import { existsSync } from "node:fs";
import { serve } from "@hono/node-server";
import { AxeBuilder } from "@axe-core/playwright";
import { comparedJobs } from "@brimline/testkit/functions/compared-jobs";
import { JOB, type Testbed, testbed } from "@brimline/testkit/functions/testbed";
import type { comparedFixtures } from "@brimline/testkit/site/compared";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { loadRenderer } from "../../renderer.ts";
import { sha256Hex } from "../../sha256.ts";
import { write } from "../../tasks/site-files.ts";

const CHROMIUM = "/usr/bin/chromium";
const KEY = { authorization: "Bearer secret" };

describe.skipIf(!existsSync(CHROMIUM))(`/compare/ in Chromium (skipped where ${CHROMIUM} is missing)`, () => {
  let browser: Browser;
  beforeAll(async () => {
    await loadRenderer();
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--headless", "--no-sandbox", "--disable-gpu"],
    });
  }, 180_000);
  afterAll(() => browser.close());

  /** A service whose site has the page, and two jobs that have a report, by their ids. */
  async function withTwo(
    name: keyof typeof comparedFixtures,
    config: Parameters<typeof testbed>[0] = {},
  ): Promise<{ bed: Testbed; a: string; b: string }> {
    const bed = await testbed(config);
    const ids = await comparedJobs(bed, name, KEY);
    const renderer = await loadRenderer();
    const files = await renderer.renderLists({ pages: [], shelves: [] }, bed.service.config.publicUrl);
    await write(bed.service, files, (file) => file);
    return { bed, ...ids };
  }

  async function opened(
    bed: Testbed,
    query: string,
    { width = 390, hasScript = true } = {},
  ): Promise<{ page: Page; complaints: string[] }> {
    const server = serve({ fetch: bed.app.fetch, hostname: "127.0.0.1", port: 0 });
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const context = await browser.newContext({
      viewport: { width, height: 844 },
      javaScriptEnabled: hasScript,
    });
    onTestFinished(async () => {
      await context.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
      server.close();
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(`http://127.0.0.1:${port}/compare/${query}`);
    return { page, complaints };
  }

  async function faultsOf(page: Page): Promise<string[]> {
    const { violations } = await new AxeBuilder({ page }).options({ resultTypes: ["violations"] }).analyze();
    return violations.map((each) => `${each.id} ${each.nodes[0]?.html}`);
  }

  const fits = (page: Page): Promise<unknown> =>
    page.evaluate("document.documentElement.scrollWidth <= innerWidth");

  test("a reader picks two reports, and sees what the service says of them with the curves", async () => {
    const { bed, a, b } = await withTwo("worse");
    const { page, complaints } = await opened(bed, `?b=${b}`);
    expect(await page.getByRole("radio", { name: `After: main at 9d07e31, ${b}` }).isChecked()).toBe(true);
    expect(await page.getByRole("radio", { name: `Before: main at 9d07e31, ${b}` }).isDisabled()).toBe(true);
    expect([await fits(page), await faultsOf(page)]).toEqual([true, []]);
    await page.getByRole("radio", { name: `Before: main at 4f1c2ab, ${a}` }).check();
    await page.getByRole("button", { name: "Compare" }).click();
    await page.getByRole("heading", { level: 1, name: "Worse than the baseline" }).waitFor();
    expect(new URL(page.url()).search).toBe(`?a=${a}&b=${b}`);
    await page.locator("#curves .narrow svg").waitFor();
    expect(await page.locator("#figures svg.strip").count()).toBeGreaterThan(5);
    expect([await fits(page), await faultsOf(page), complaints]).toEqual([true, [], []]);
  });

  test("names from outside stay text, and a private report has no link to a page", async () => {
    const { bed, a, b } = await withTwo("hostile");
    const { page, complaints } = await opened(bed, `?a=${a}&b=${b}`);
    await page.locator("#curves .wide svg").waitFor({ state: "attached" });
    expect(await page.locator("#compared img, #compared script").count()).toBe(0);
    expect(await page.locator(".sides dd").first().textContent()).toContain("</script><img");
    expect(await page.locator(".sides a").count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("it says which of the two is wrong, and lets a reader pick another", async () => {
    const { bed, a } = await withTwo("same");
    const says = async (query: string): Promise<string | null> => {
      const { page } = await opened(bed, query);
      await page.locator("#says.wrong").waitFor();
      await page.getByRole("radio", { name: `Before: main at 4f1c2ab, ${a}` }).waitFor();
      return page.locator("#says").textContent();
    };
    const none = "x".repeat(20);
    expect(await says(`?a=${a}&b=${none}`)).toContain(`The second report, ${none}: There is nothing here.`);
    expect(await says(`?a=%3Cb%3E&b=${a}`)).toContain("The baseline: “<b>” is no id of a job.");
    expect(await says(`?a=${a}&b=${a}`)).toContain("The reports do not measure the same.");
    const open = String((await bed.send("POST", "/v1/jobs", JOB)).json?.["id"]);
    expect(await says(`?a=${a}&b=${open}`)).toContain("has no report: it is queued.");
  });

  test("it asks for the key of a service that wants one, and again for another", async () => {
    const { bed, a, b } = await withTwo("better", { adminKeySha256: sha256Hex("secret") });
    const { page } = await opened(bed, `?a=${a}&b=${b}`);
    const field = page.getByLabel("Key of the service");
    await page.getByText("The service shows its reports to those who have a key.").waitFor();
    await field.fill("wrong");
    await field.press("Enter");
    await page.getByText("That key is not valid.").waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await field.fill("secret");
    await field.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Better than the baseline" }).waitFor();
    await page.getByRole("link", { name: "The other way round" }).click();
    await page.getByRole("heading", { level: 1, name: "Worse than the baseline" }).waitFor();
    await page.goBack();
    await page.getByRole("heading", { level: 1, name: "Better than the baseline" }).waitFor();
  });

  test("without a script, or a service, it says what to do instead", async () => {
    const { bed, a, b } = await withTwo("same");
    const { page } = await opened(bed, `?a=${a}&b=${b}`, { hasScript: false });
    expect(await page.locator("main").textContent()).toContain("npx brimline compare <baseline> <job>");
    const { page: alone } = await opened(bed, "");
    await alone.route("**/v1/**", (route) => route.fulfill({ status: 404, body: "<h1>404</h1>" }));
    await alone.reload();
    await alone.getByText("No service answers at this address.").waitFor();
  });
});

import { existsSync } from "node:fs";
import { serve, type ServerType } from "@hono/node-server";
import { AxeBuilder } from "@axe-core/playwright";
import { comparedJobs } from "@brimline/testkit/functions/compared-jobs";
import { JOB, portsOf, type Testbed, testbed } from "@brimline/testkit/functions/testbed";
import { chromium, type Browser, type Locator, type Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { sha256Hex } from "../../sha256.ts";
import { createApp } from "../app.ts";

const CHROMIUM = "/usr/bin/chromium";
const FLAGS = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking";

describe.skipIf(!existsSync(CHROMIUM))(`/compare/ in Chromium (skipped where ${CHROMIUM} is missing)`, () => {
  /** A service all of whose reports are private, and two jobs of it that have one. The second one is worse. */
  let bed: Testbed;
  let [a, b] = ["", ""];
  let removeBed: () => Promise<void>;
  let server: ServerType;
  let app: Testbed["app"];
  /** One tab opens page after page, because a new one costs more than what it shows. */
  let browser: Browser;
  let page: Page;
  let complaints: string[] = [];

  beforeAll(async () => {
    bed = await testbed({}, (remove) => (removeBed = remove));
    ({ a, b } = await comparedJobs(bed, "hostile"));
    server = serve({ fetch: (request) => app.fetch(request), hostname: "127.0.0.1", port: 0 });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS.split(" ") });
    page = await browser.newPage({ viewport: { width: 390, height: 844 } });
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
  }, 180_000);
  beforeEach(() => {
    ({ app } = bed);
  });
  afterAll(async () => {
    await browser.close();
    server.close();
    await removeBed();
  });

  async function open(query: string): Promise<void> {
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    complaints = [];
    await page.goto(`http://127.0.0.1:${port}/compare/${query}`);
  }

  const radio = (role: "Before" | "After", id: string): Locator =>
    page.getByRole("radio", { name: new RegExp(`^${role}: .*, ${id}$`) });
  const verdict = (name: string): Promise<void> =>
    page.getByRole("heading", { level: 1, name: `${name} than the baseline` }).waitFor();

  /** The page has no frames, for which alone axe would open a tab of its own. */
  async function faults(): Promise<string[]> {
    const axe = new AxeBuilder({ page }).setLegacyMode(true).exclude(".chart g");
    const { violations } = await axe.options({ resultTypes: ["violations"] }).analyze();
    return violations.map((each) => `${each.id} ${each.nodes[0]?.html}`);
  }

  const fits = (): Promise<unknown> => page.evaluate("document.documentElement.scrollWidth <= innerWidth");

  test("a reader picks two reports, and sees what the service says of them with the curves", async () => {
    await open(`?b=${b}`);
    await radio("After", b).waitFor();
    expect(await radio("After", b).isChecked()).toBe(true);
    expect(await radio("Before", b).isDisabled()).toBe(true);
    expect([await fits(), await faults()]).toEqual([true, []]);
    await radio("Before", a).check();
    await page.getByRole("button", { name: "Compare" }).click();
    await verdict("Worse");
    expect(new URL(page.url()).search).toBe(`?a=${a}&b=${b}`);
    await page.locator("#curves .narrow svg").waitFor();
    expect(await page.locator("#figures svg.strip").count()).toBeGreaterThan(5);
    expect([await fits(), await faults(), complaints]).toEqual([true, [], []]);
  });

  test("names from outside stay text, and a private report has no link to a page", async () => {
    await open(`?a=${a}&b=${b}`);
    await page.locator("#curves .wide svg").waitFor({ state: "attached" });
    expect(await page.locator("#compared img, #compared script").count()).toBe(0);
    expect(await page.locator(".sides dd").first().textContent()).toContain("</script><img");
    expect(await page.locator(".sides a").count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("it says which of the two is wrong, and lets a reader pick another", async () => {
    const says = async (query: string): Promise<string | null> => {
      await open(query);
      await page.locator("#says.wrong").waitFor();
      await radio("Before", a).waitFor();
      return page.locator("#says").textContent();
    };
    const none = "x".repeat(20);
    expect(await says(`?a=${a}&b=${none}`)).toContain(`The second report, ${none}: There is nothing here.`);
    expect(await says(`?a=%3Cb%3E&b=${a}`)).toContain("The baseline: “<b>” is no id of a job.");
    expect(await says(`?a=${a}&b=${a}`)).toContain("The reports do not measure the same.");
    const queued = String((await bed.send("POST", "/v1/jobs", JOB)).json?.["id"]);
    expect(await says(`?a=${a}&b=${queued}`)).toContain("has no report: it is queued.");
  });

  test("it asks for the key of a service that wants one, and again for another", async () => {
    const config = { ...bed.service.config, adminKeySha256: sha256Hex("secret") };
    const service = { ...bed.service, config };
    app = createApp(service, portsOf(service));
    await open(`?a=${a}&b=${b}`);
    const field = page.getByLabel("Key of the service");
    await page.getByText("The service shows its reports to those who have a key.").waitFor();
    await field.fill("wrong");
    await field.press("Enter");
    await page.getByText("That key is not valid.").waitFor();
    expect(await faults()).toEqual([]);
    await field.fill("secret");
    await field.press("Enter");
    await verdict("Worse");
    await page.getByRole("link", { name: "The other way round" }).click();
    await verdict("Better");
    await page.goBack();
    await verdict("Worse");
  });

  test("without a service it says so", async () => {
    await page.route("**/v1/**", (route) => route.fulfill({ status: 404, body: "<h1>404</h1>" }));
    onTestFinished(() => page.unrouteAll());
    await open("");
    await expect
      .poll(() => page.locator("#says").textContent())
      .toContain("No service answers at this address.");
  });

  test("without a script it says what to do instead", async () => {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Emulation.setScriptExecutionDisabled", { value: true });
    await open(`?a=${a}&b=${b}`);
    expect(await page.locator("main").textContent()).toContain("npx brimline compare <baseline> <job>");
  });
});

import { existsSync } from "node:fs";
import { serve } from "@hono/node-server";
import { AxeBuilder } from "@axe-core/playwright";
import { setState, JOB, testbed, type Testbed } from "@brimline/testkit/functions/testbed";
import { keys } from "@brimline/store/keys";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { sha256Hex } from "../../sha256.ts";

const CHROMIUM = "/usr/bin/chromium";

test("the page of any id is the same, so that it tells nobody whether there is a job", async () => {
  const bed = await testbed({ adminKeySha256: sha256Hex("secret") });
  const of = async (id: string): Promise<string> => (await bed.send("GET", `/j/${id}/`)).text;
  expect(await of("a".repeat(20))).toBe(await of("b".repeat(20)));
  expect((await bed.send("GET", `/j/${"a".repeat(20)}`)).headers.get("location")).toBe(
    `/j/${"a".repeat(20)}/`,
  );
  expect((await bed.send("GET", "/j/x/")).status).toBe(404);
});

test("scripts of the service run on its pages, and no others", async () => {
  const bed = await testbed();
  const policy = async (path: string): Promise<string> =>
    (await bed.send("GET", path)).headers.get("content-security-policy") ?? "";
  for (const path of [`/j/${"a".repeat(20)}/`, "/"])
    expect(await policy(path)).toContain("script-src 'self'; connect-src 'self'");
  expect((await bed.send("GET", "/live.js")).headers.get("content-type")).toBe(
    "text/javascript; charset=utf-8",
  );
});

describe.skipIf(!existsSync(CHROMIUM))(`in Chromium (skipped where ${CHROMIUM} is missing)`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--headless", "--no-sandbox", "--disable-gpu"],
    });
  }, 180_000);
  afterAll(() => browser.close());

  async function opened(bed: Testbed, id: string): Promise<{ page: Page; complaints: string[] }> {
    const server = serve({ fetch: bed.app.fetch, hostname: "127.0.0.1", port: 0 });
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
    onTestFinished(async () => {
      await context.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
      server.close();
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(`http://127.0.0.1:${port}/j/${id}/`);
    return { page, complaints };
  }

  const submitted = async (bed: Testbed): Promise<string> =>
    String((await bed.send("POST", "/v1/jobs", { ...JOB, name: "</title><b>A job" })).json?.["id"]);

  test(
    "it follows a job, cancels it at the second press, and leads to the report",
    { timeout: 60_000 },
    async () => {
      const bed = await testbed();
      const id = await submitted(bed);
      const { page, complaints } = await opened(bed, id);
      await page.getByText("Waiting for its turn.").waitFor();
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("</title><b>A job");
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
      // There are no frames, for which alone axe would open a tab of its own.
      const { violations } = await new AxeBuilder({ page })
        .setLegacyMode(true)
        .options({ resultTypes: ["violations"] })
        .analyze();
      expect(violations.map((each) => `${each.id} ${each.nodes[0]?.html}`)).toEqual([]);
      await page.getByRole("button", { name: "Cancel this job" }).press("Enter");
      await page.getByRole("button", { name: "Really cancel?" }).press("Enter");
      await page.getByText("Cancelling …").waitFor();
      expect((await bed.objects()).get(keys.control(id))).toContain("cancel");
      await setState(bed, id, "running");
      await page.getByText("Quiet time before the load.").waitFor();
      await setState(bed, id, "cancelled");
      await page.getByText("The job has ended: cancelled.").waitFor();
      expect(complaints).toEqual([]);
    },
  );

  test(
    "where the service wants a key, it asks for it and then shows the job",
    { timeout: 60_000 },
    async () => {
      const bed = await testbed({ adminKeySha256: sha256Hex("secret") });
      const made = await bed.send("POST", "/v1/jobs", JOB, { authorization: "Bearer secret" });
      const { page } = await opened(bed, String(made.json?.["id"]));
      await page.getByText("those who have the service's key").waitFor();
      await page.getByLabel("This service wants its key").fill("wrong");
      await page.getByRole("button", { name: "Use it" }).click();
      await page.getByText("That key is not valid.").waitFor();
      await page.getByLabel("This service wants its key").fill("secret");
      await page.keyboard.press("Enter");
      await page.getByText("Waiting for its turn.").waitFor();
      expect(await page.getByLabel("This service wants its key").isVisible()).toBe(false);
    },
  );
});

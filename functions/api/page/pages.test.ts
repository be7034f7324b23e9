import { ProblemCode, RequestProblem } from "@brimline/core/codes";
import { describe, expect, test } from "vitest";
import { setStatus } from "../../objects/status.ts";
import { JOB, type Testbed, testbed } from "@brimline/testkit/functions/testbed";

async function published(bed: Testbed, visibility: string): Promise<string> {
  const submitted = async (more: object): Promise<string> =>
    String((await bed.send("POST", "/v1/jobs", { ...JOB, ...more })).json?.["id"]);
  const baseline = await submitted({ visibility: "public" });
  await setStatus(bed.service, baseline, { state: "completed", hasReport: true });
  const id = await submitted({ visibility, baseline });
  await bed.service.site.create(`r/${id}/index.html`, "<!doctype html><title>Report</title>");
  await bed.service.site.create(`r/${id}/levels.csv`, "level,users\n");
  await bed.service.site.create(`r/${id}/charts/load.svg`, "<svg/>");
  await bed.service.site.create(`c/${id}/index.html`, "<!doctype html><title>Comparison</title>");
  return id;
}

describe("published pages", () => {
  test("of comparisons lie at /c/{id}/", async () => {
    const bed = await testbed();
    const sent = await bed.send("GET", `/c/${await published(bed, "public")}/`);
    expect(sent.text).toContain("<title>Comparison</title>");
  });

  test("lie at /r/{id}/ with their files, each with its type and an ETag", async () => {
    const bed = await testbed();
    const id = await published(bed, "public");
    const types = await Promise.all(
      ["", "index.html", "levels.csv", "charts/load.svg"].map((file) => bed.send("GET", `/r/${id}/${file}`)),
    );
    expect(types.map((sent) => [sent.status, sent.headers.get("content-type")])).toEqual([
      [200, "text/html; charset=utf-8"],
      [200, "text/html; charset=utf-8"],
      [200, "text/csv; charset=utf-8"],
      [200, "image/svg+xml"],
    ]);
    const etag = types[0]?.headers.get("etag") ?? "";
    const unchanged = await bed.send("GET", `/r/${id}/`, undefined, { "if-none-match": etag });
    expect([unchanged.status, unchanged.text]).toEqual([304, ""]);
    expect((await bed.send("HEAD", `/r/${id}/`)).status).toBe(200);
  });

  test("redirect from the address without the last slash to the one with it", async () => {
    const bed = await testbed();
    const id = await published(bed, "public");
    for (const path of [`/r/${id}`, `/c/${id}`]) {
      const sent = await bed.send("GET", path);
      expect([sent.status, sent.headers.get("location")]).toEqual([308, `${path}/`]);
    }
  });

  test.each([
    ["public", 200, null],
    ["unlisted", 200, "noindex"],
    ["private", 404, null],
  ])("of a job that is %s", async (visibility, status, robots) => {
    const bed = await testbed();
    const id = await published(bed, visibility);
    for (const path of [`/r/${id}/`, `/c/${id}/`]) {
      const sent = await bed.send("GET", path);
      expect([sent.status, sent.headers.get("x-robots-tag")]).toEqual([status, robots]);
    }
  });

  test.each([
    "/r/x/",
    "/r/../index.html",
    `/r/${"a".repeat(20)}/`,
    "/r/%2e%2e/%2e%2e/data",
    "/_astro/none.css",
    "/_astro/..%2findex.html",
    "/_astro/.hidden",
  ])("there is none at %s", async (path) => {
    const sent = await (await testbed()).send("GET", path);
    expect([sent.status, sent.headers.get("content-type")]).toEqual([404, "application/problem+json"]);
  });

  test("the method and the lists are there before the first report, and lead to each other and to the API", async () => {
    const bed = await testbed();
    for (const [path, text] of [
      ["/method/", "TPOT"],
      ["/by/", "No report is published yet"],
    ] as const) {
      const sent = await bed.send("GET", path);
      expect([sent.status, sent.text.includes(text)]).toEqual([200, true]);
      const links = [...(sent.text.split("</nav>")[0] ?? "").matchAll(/href="(\/[^"]*)"/g)].map(
        ([, to]) => to ?? "",
      );
      expect(new Set(links)).toEqual(new Set(["/", "/by/", "/compare/", "/method/", "/api/"]));
      for (const to of links) expect((await bed.send("GET", to)).status).toBe(200);
    }
    await bed.service.site.create("method/index.html", "<!doctype html><title>As published</title>");
    expect((await bed.send("GET", "/method/")).text).toContain("As published");
  });

  test("have no path that leads out of a report's folder", async () => {
    const bed = await testbed();
    const id = await published(bed, "public");
    await bed.service.site.create("secret.txt", "x");
    for (const path of [
      "../../secret.txt",
      "..%2f..%2fsecret.txt",
      "%2e%2e/%2e%2e/secret.txt",
      "./x",
      "charts//load.svg",
      "a%00b",
    ]) {
      const sent = await bed.send("GET", `/r/${id}/${path}`);
      expect([path, sent.status, sent.text === "x"]).toEqual([path, 404, false]);
    }
  });

  test("share assets that never change", async () => {
    const bed = await testbed();
    await bed.service.site.create("_astro/C0ffee.css", "p{}");
    const sent = await bed.send("GET", "/_astro/C0ffee.css");
    expect([sent.headers.get("content-type"), sent.headers.get("cache-control")]).toEqual([
      "text/css; charset=utf-8",
      "public, max-age=31536000, immutable",
    ]);
  });
});

describe("the first page", () => {
  test("tells how to begin while nothing is published", async () => {
    const sent = await (await testbed()).send("GET", "/");
    expect(sent.status).toBe(200);
    expect(sent.text).toContain("curl http://127.0.0.1:4870/v1/jobs");
  });

  test("is the rendered index once there is one", async () => {
    const bed = await testbed();
    await bed.service.site.put("index.html", "<h1>Reports</h1>");
    expect((await bed.send("GET", "/")).text).toBe("<h1>Reports</h1>");
  });
});

describe("pages about problems", () => {
  test.each([...new Set([...RequestProblem.options, ...ProblemCode.options])])(
    "%s says what it means and what to do",
    async (type) => {
      const sent = await (await testbed()).send("GET", `/problems/${type}`);
      expect([sent.status, sent.headers.get("content-type")]).toEqual([200, "text/html; charset=UTF-8"]);
      expect(sent.text).toContain("What to do:");
    },
  );

  test("list all types, and there is no page for another type", async () => {
    const bed = await testbed();
    expect((await bed.send("GET", "/problems")).text).toContain('<a href="/problems/in_flight">');
    expect((await bed.send("GET", "/problems/%3Cscript%3E")).status).toBe(404);
  });
});

describe("what is not there", () => {
  const page = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

  test.each(["/r/x/", "/nowhere", "/by/model/none/"])("a browser gets a page for %s", async (path) => {
    const sent = await (await testbed()).send("GET", path, undefined, page);
    expect([sent.status, sent.headers.get("content-type")]).toEqual([404, "text/html; charset=UTF-8"]);
    expect(sent.text).toContain('<a href="/">All reports</a>');
  });

  test("a program, and whoever asks the API, gets a problem", async () => {
    const bed = await testbed();
    for (const sent of [
      await bed.send("GET", "/nowhere"),
      await bed.send("GET", `/v1/jobs/${"a".repeat(20)}`, undefined, page),
      await bed.send("POST", "/nowhere", {}, page),
    ])
      expect([sent.status, sent.headers.get("content-type")]).toEqual([404, "application/problem+json"]);
  });
});

import { testbed } from "@brimline/testkit/functions/testbed";
import { expect, test } from "vitest";
import { SITE } from "../../infra/functions.ts";
import { API_PATHS } from "../../infra/paths.ts";

/** An address is the API's, or a file that publish may write into the site's bucket. */
const isApi = (path: string): boolean =>
  API_PATHS.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
const isFile = (path: string): boolean => {
  const key = path.slice(1).replace(/(^|\/)$/, "$1index.html");
  return SITE.writes.some((pattern) => {
    const [before = "", after] = pattern.split("*");
    return after === undefined ? key === before : key.startsWith(before) && key.endsWith(after);
  });
};

test("every address of the service leads to the API or to the site's bucket, and to one of them alone", async () => {
  const { app } = await testbed();
  // Middleware is there for all methods.
  const addresses = new Set(app.routes.filter(({ method }) => method !== "ALL").map(({ path }) => path));
  expect(addresses.size).toBeGreaterThan(30);
  expect([...addresses].filter((path) => isApi(path) === isFile(path))).toEqual([]);
});

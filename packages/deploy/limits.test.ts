import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { limits } from "./limits.ts";
import { alignedTable } from "./table.ts";

test("docs/aws.md shows the limits of today's constants; npm run cost:aws prints them", async () => {
  const text = await readFile(new URL("../../docs/aws.md", import.meta.url), "utf8");
  expect(text).toContain(alignedTable(["what", "limit", "reached at"], limits()));
});

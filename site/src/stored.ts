import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { indexEntry } from "@brimline/core/report/entry";
import { emptyShelf, lineOf, shelveAll, type ShelfLine, type ShelfPage } from "@brimline/core/report/shelf";
import { byLoad } from "@brimline/core/report/shown/by-load";
import { Report } from "@brimline/core/report/schema";

const ID = /^[a-z0-9]{20}$/;

/** The address of a static build's site, where BRIMLINE_PUBLIC_URL gives it. */
export const storedPublicUrl = (): string | null => process.env["BRIMLINE_PUBLIC_URL"] ?? null;

/**
 * The reports of a static build: every `<id>.json` and `<id>/report.json` of the folder BRIMLINE_REPORTS,
 * newest first. A name that is no id is left out with a warning, because one bad id would fail the whole
 * build.
 */
export async function storedReports(): Promise<Report[]> {
  const folder = process.env["BRIMLINE_REPORTS"];
  if (folder === undefined) return [];
  const reports: Report[] = [];
  for (const entry of (await readdir(folder, { withFileTypes: true })).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const id = entry.name.replace(/\.json$/, "");
    if (!ID.test(id)) {
      console.warn(`skipped ${entry.name}: its name is not a report's id (20 characters of a-z and 0-9)`);
      continue;
    }
    const report = Report.parse(
      JSON.parse(
        await readFile(
          entry.isDirectory() ? join(folder, id, "report.json") : join(folder, entry.name),
          "utf8",
        ),
      ),
    );
    if (report.id === id) reports.push(byLoad(report));
    else console.warn(`skipped ${entry.name}: the report in it has another id`);
  }
  return reports.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
}

/** The lists of a static build: all pages of all shelves, the first of all reports, and the list of shelves. */
export async function storedLists(): Promise<{ home: ShelfPage; pages: ShelfPage[]; shelves: ShelfLine[] }> {
  const all = shelveAll((await storedReports()).map(indexEntry));
  const pages = all.flatMap(({ newest, full }): ShelfPage[] => [
    { ...newest, number: null },
    ...full.map((rows, index) => ({ ...newest, rows, number: index + 1 })),
  ]);
  const home = pages.find(({ shelf, number }) => shelf.kind === "all" && number === null);
  return {
    home: home ?? {
      ...emptyShelf({ kind: "all", value: "All reports", path: "all/" }),
      number: null,
    },
    pages,
    shelves: all.flatMap(({ newest }) => lineOf(newest) ?? []),
  };
}

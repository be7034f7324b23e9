import type { Comparison } from "@brimline/core/compare/schema";
import type { Report } from "@brimline/core/report/schema";
import type { ShelfLine, ShelfPage } from "@brimline/core/report/shelf";

import type { Trend } from "@brimline/core/trend/schema";

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- Astro reads the type of its locals from here.
  namespace App {
    interface Locals {
      /** The address of the site, without a slash at its end. It is null where nobody knows it. */
      publicUrl?: string | null;
      /** Whether the API's document lies beside the page. */
      hasApi?: boolean;
      report?: Report;
      /** What a report is beside its baseline, if that has a page. */
      comparison?: Comparison | null;
      compared?: { comparison: Comparison; a: Report; b: Report };
      /** The page of a shelf that is rendered. */
      list?: ShelfPage;
      trend?: Trend;
      shelves?: ShelfLine[];
    }
  }
}

import { CATALOGUE } from "@brimline/core/report/catalogue";
import type { IndexEntry } from "@brimline/core/report/entry";
import type { Figure } from "@brimline/core/figure";
import { MISSING, showFigure } from "../format/figure.ts";
import { formatOf, headOf } from "../format/named.ts";
import { shortDay } from "../format/number.ts";
import { statePill, validityPill, verdictPill } from "./identity.ts";
import type { Pill } from "./table.ts";

export interface IndexRow {
  href: string;
  model: string;
  /** The job's name, the GPU and the date, under the model. */
  about: string;
  verdict: string;
  pills: Pill[];
  load: string;
  throughput: string;
  /** The length of the bar: throughput in percent of the highest throughput in the list. */
  barPercent: number;
  ttftP95: string;
  tokensPerJ: string;
}

/** What the columns of the public index are called. */
export const INDEX_HEADS = {
  throughput: headOf("outputTokensPerS"),
  ttftP95: headOf("ttftMs.p95"),
  tokensPerJ: headOf("tokensPerJ"),
  /** On a telephone it stands behind the value. */
  tokensPerJUnit: CATALOGUE.tokensPerJ.unit,
};

/** The rows of the public index, in the given order. */
export function indexRows(entries: IndexEntry[]): IndexRow[] {
  const most = Math.max(0, ...entries.map((entry) => entry.outputTokensPerS?.value ?? 0));
  const text = (figure: Figure | null, format: (value: number) => string): string =>
    figure === null ? MISSING : showFigure(figure, format).text;
  return entries.map((entry) => ({
    href: `/r/${entry.id}/`,
    model: entry.model,
    about: [entry.name, ...(entry.gpu === null ? [] : [entry.gpu]), shortDay(entry.createdAt)].join(", "),
    verdict: entry.verdict,
    pills: [
      verdictPill(entry.status),
      ...(entry.simulated ? [{ text: "simulated", tone: "neutral" as const }] : []),
      ...(entry.state === "completed" ? [] : [statePill(entry.state)]),
      validityPill(entry.validity),
    ].filter((pill) => pill !== null),
    load: entry.load ?? MISSING,
    throughput: text(entry.outputTokensPerS, formatOf("outputTokensPerS")),
    barPercent: most === 0 ? 0 : Math.round(((entry.outputTokensPerS?.value ?? 0) / most) * 1000) / 10,
    ttftP95: text(entry.ttftP95Ms, formatOf("ttftMs.p95")),
    tokensPerJ: text(entry.tokensPerJ, formatOf("tokensPerJ")),
  }));
}

/** Why cells of the index are empty, each reason once with the names of its columns. */
export function indexNotes(entries: IndexEntry[]): string[] {
  const empty = entries.flatMap(({ outputTokensPerS, ttftP95Ms, tokensPerJ }) =>
    [
      { head: INDEX_HEADS.throughput, figure: outputTokensPerS },
      { head: INDEX_HEADS.ttftP95, figure: ttftP95Ms },
      { head: INDEX_HEADS.tokensPerJ, figure: tokensPerJ },
    ].flatMap(({ head, figure }) => {
      if (figure === null) return [{ head: `${MISSING} ${head}`, why: "no level was measured" }];
      const mark = figure.low === null ? MISSING : "≥";
      const { reason } = showFigure(figure, String);
      return figure.value === null ? [{ head: `${mark} ${head}`, why: reason ?? "not known" }] : [];
    }),
  );
  return [...Map.groupBy(empty, ({ why }) => why)].map(
    ([why, cells]) => `${[...new Set(cells.map(({ head }) => head))].join(", ")}: ${why}`,
  );
}

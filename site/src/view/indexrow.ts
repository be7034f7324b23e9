import type { IndexEntry } from "@brimline/core/report/entry";
import type { Figure } from "@brimline/core/figure";
import type { Ranked } from "@brimline/core/report/shelf";
import { MISSING, showFigure } from "../format/figure.ts";
import { formatOf, headOf } from "../format/named.ts";
import { shortDay } from "../format/number.ts";
import { statePill, validityPill, verdictPill } from "./identity.ts";
import type { Pill } from "./table.ts";

/** A figure of a row, and why it has no value. */
interface Cell {
  text: string;
  why: string | null;
}

/** A report in a list, which takes one line. */
export interface IndexRow {
  href: string;
  rank: string | null;
  model: string;
  /** The GPU, what serves the model, and the job's name if that is not the model's, behind the model. */
  on: string;
  /** The worst that there is to say of it, and whether it is simulated. */
  pills: Pill[];
  day: string;
  createdAt: string;
  load: string;
  throughput: Cell;
  /** The 95 % interval of the throughput in words. */
  interval: string | null;
  /** The length of the bar and the ends of the interval, in percent of the highest end among reports that count. */
  bar: { percent: number; low: number | null; high: number | null } | null;
  ttftP95: Cell;
  usd: Cell;
  isInvalid: boolean;
}

/** What the columns of a list are called. */
export const INDEX_HEADS = {
  throughput: headOf("outputTokensPerS"),
  ttftP95: headOf("ttftMs.p95"),
  usd: "$/M tokens",
};

const round = (value: number): number => Math.round(value * 10) / 10;

/** The rows of a list, in the given order. An invalid report has no bar, so that it leads none. */
export function indexRows(ranked: Ranked[]): IndexRow[] {
  const top = Math.max(
    0,
    ...ranked.map(({ entry: { validity, outputTokensPerS: figure } }) =>
      validity === "invalid" ? 0 : (figure?.high ?? figure?.value ?? 0),
    ),
  );
  const share = (value: number | null): number | null =>
    value === null || top === 0 ? null : round((100 * value) / top);
  return ranked.map(({ entry, rank }) => {
    const { outputTokensPerS: figure } = entry;
    const percent = entry.validity === "invalid" ? null : share(figure?.value ?? null);
    return {
      href: `/r/${entry.id}/`,
      rank: rank === null ? null : String(rank),
      model: entry.model,
      // The maker's name is the same for most, and takes the room of what differs.
      on: [
        entry.gpu?.replaceAll("NVIDIA ", ""),
        entry.server,
        ...(entry.name === entry.model ? [] : [entry.name]),
      ]
        .filter((text) => text != null)
        .join(", "),
      pills: pillsOf(entry),
      day: shortDay(entry.createdAt),
      createdAt: entry.createdAt,
      load: entry.load ?? MISSING,
      throughput: cellOf(figure, formatOf("outputTokensPerS")),
      interval: figure === null ? null : showFigure(figure, formatOf("outputTokensPerS")).interval,
      bar:
        percent === null
          ? null
          : { percent, low: share(figure?.low ?? null), high: share(figure?.high ?? null) },
      ttftP95: cellOf(entry.ttftP95Ms, formatOf("ttftMs.p95")),
      usd: cellOf(entry.usdPerMOutputTokens, formatOf("usdPerMOutputTokens")),
      isInvalid: entry.validity === "invalid",
    };
  });
}

function cellOf(figure: Figure | null, format: (value: number) => string): Cell {
  if (figure === null) return { text: MISSING, why: "no level was measured" };
  const { text, reason } = showFigure(figure, format);
  return { text, why: figure.value === null ? reason : null };
}

/** A report that is as it should be needs no pill but that its objective was met. */
function pillsOf({ status, state, validity, simulated }: IndexEntry): Pill[] {
  const verdict = verdictPill(status);
  const first = [
    state === "completed" ? null : statePill(state),
    validity === "valid" ? null : validityPill(validity),
    verdict === null ? null : { ...verdict, text: verdict.text.replace("objective ", "") },
  ].find((pill) => pill !== null);
  return [
    ...(first == null ? [] : [first]),
    ...(simulated ? [{ text: "simulated", tone: "neutral" as const }] : []),
  ];
}

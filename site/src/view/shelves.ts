import {
  pagePath,
  ranked,
  type Ranked,
  type ShelfKind,
  type ShelfLine,
  type ShelfPage,
} from "@brimline/core/report/shelf";
import { whole } from "../format/number.ts";

/** What the shelves of one kind are called, where several and where one. */
const KINDS: Record<Exclude<ShelfKind, "all">, { many: string; one: string }> = {
  board: { many: "Rankings", one: "Ranking" },
  model: { many: "Models", one: "Model" },
  gpu: { many: "GPUs", one: "GPU" },
  tag: { many: "Tags", one: "Tag" },
  month: { many: "Months", one: "Month" },
};

interface ShelfLink {
  text: string;
  href: string;
  reports: string;
}

export interface ShelfGroup {
  kind: string;
  title: string;
  links: ShelfLink[];
  /** How many more there are. */
  more: number;
}

/** The shelves by kind, those with the newest reports first, at most `most` of each. Nothing is ranked alone. */
export function shelfGroups(shelves: ShelfLine[], most = Infinity): ShelfGroup[] {
  return Object.entries(KINDS).flatMap(([kind, { many }]) => {
    const ofKind = shelves
      .filter((line) => line.kind === kind && (kind !== "board" || line.reports > 1))
      .toSorted((a, b) => b.newestAt.localeCompare(a.newestAt) || a.value.localeCompare(b.value));
    if (ofKind.length === 0) return [];
    const links = ofKind.slice(0, most).map((line) => ({
      text: kind === "month" ? monthText(line.value) : line.value,
      href: `/by/${line.path}`,
      reports: whole(line.reports),
    }));
    return [{ kind, title: many, links, more: ofKind.length - links.length }];
  });
}

const MONTH = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });

/** "November 2026" */
const monthText = (month: string): string => MONTH.format(Date.parse(`${month}-01T00:00:00Z`));

/** What a page of a shelf says: its title, how many reports there are, its rows, and the ways to other pages. */
export interface ShownShelf {
  title: string;
  kind: string | null;
  about: string;
  rows: Ranked[];
  isBoard: boolean;
  newer: string | null;
  older: string | null;
  /** "Page 2 of 4", the newest first. */
  place: string | null;
}

export function shownShelf(page: ShelfPage): ShownShelf {
  const { shelf, reports, older, number, rows } = page;
  const isBoard = shelf.kind === "board";
  const at = (other: number | null): string => `/${pagePath({ shelf, number: other })}`;
  const count = `${whole(reports)} ${reports === 1 ? "report" : "reports"}`;
  return {
    title: shelf.kind === "month" ? monthText(shelf.value) : shelf.value,
    kind: shelf.kind === "all" ? null : KINDS[shelf.kind].one,
    about: isBoard
      ? `${count} of this workload and objective, the newest of each model, GPU and server. Those whose 95 % intervals overlap share a rank, because their order is not known. An invalid report has none.`
      : `${count}, newest first.`,
    rows: isBoard ? ranked(rows) : rows.map((entry) => ({ entry, rank: null })),
    isBoard,
    newer: number === null ? null : at(number === older ? null : number + 1),
    older: number === null ? (older > 0 ? at(older) : null) : number > 1 ? at(number - 1) : null,
    place: older === 0 ? null : `Page ${number === null ? 1 : older - number + 2} of ${older + 1}`,
  };
}

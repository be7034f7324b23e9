import { markdown } from "@brimline/testkit/markdown";
import type { Study } from "../study.ts";
import { anyEndpoint, boundaryOf, MAX_USERS } from "./endpoints.ts";
import { bisection, doublingSweep, type Taken } from "./peers.ts";
import { searched, type Searched } from "./searched.ts";

/** Endpoints in all, and in a quick look. */
const ENDPOINTS = { all: 200, quick: 20 };
/** The default of a job, and twice as long. */
const WITHIN_S = [300, 600];

/** One endpoint: where its boundary lies, and what came of looking for it. */
export interface Sought {
  boundary: number;
  found: Searched;
  sweep: Taken;
  bisection1000: Taken;
  bisection300: Taken;
}

/** Shows whether a search finds the true capacity of endpoints in virtual time, and what that takes. */
export const search: Study = {
  name: "search",
  title: "whether a search finds the capacity, in virtual time",
  quick: false,
  run({ quick }) {
    const count = quick ? ENDPOINTS.quick : ENDPOINTS.all;
    const endpoints = Array.from({ length: count }, (_, nth) => {
      process.stderr.write(`search  ${nth + 1}/${count}\n`);
      const endpoint = anyEndpoint(nth);
      return { endpoint, boundary: boundaryOf(endpoint) };
    });
    const figures = WITHIN_S.map((withinS) => ({
      withinS,
      sought: endpoints.map(({ endpoint, boundary }, nth) => ({
        boundary,
        found: searched(endpoint, withinS, `search ${withinS} ${nth}`),
        sweep: doublingSweep(endpoint, boundary),
        bisection1000: bisection(endpoint, boundary, 1000),
        bisection300: bisection(endpoint, boundary, 300),
      })),
    }));
    return Promise.resolve({ text: render(figures), figures });
  },
};

export const isHeld = ({ boundary, found: { met, missed } }: Sought): boolean =>
  met <= boundary && boundary < missed;

function render(all: { withinS: number; sought: Sought[] }[]): string {
  const sought = all[0]?.sought ?? [];
  const found = markdown(
    [
      "within",
      "held",
      "both ends known",
      "no load met, though one does",
      "width, median",
      "90 %",
      "told loads unclear in the report",
    ],
    all.map(({ withinS, sought: some }) => foundRow(`${withinS} s`, some)),
  );
  const kinds = markdown(
    ["boundary", "endpoints", "held"],
    [...Map.groupBy(sought, ({ boundary }) => kindOf(boundary))].map(([kind, some]) => [
      kind,
      String(some.length),
      percent(some.filter(isHeld).length, some.length),
    ]),
  );
  const ways: [string, Taken[]][] = [
    ...all.map(({ withinS, sought: some }): [string, Taken[]] => [
      `this search, within ${withinS} s`,
      some.map(({ found }) => found),
    ]),
    ["doubling sweep, known to a factor of 2", sought.map(({ sweep }) => sweep)],
    ["bisection to 5 %, 1,000 requests a probe", sought.map(({ bisection1000 }) => bisection1000)],
    ["bisection to 5 %, 300 requests a probe", sought.map(({ bisection300 }) => bisection300)],
  ];
  const taken = markdown(
    ["way", "requests, median", "90 %", "seconds, median", "90 %"],
    ways.map(([name, of]) => [name, ...takenCells(of)]),
  );
  return [found, kinds, taken].join("\n\n");
}

const kindOf = (boundary: number): string =>
  boundary === 0 ? "0 (met nowhere)" : boundary === MAX_USERS ? `${MAX_USERS} (met everywhere)` : "between";

function foundRow(name: string, sought: Sought[]): string[] {
  const known = sought.filter(({ found }) => found.met > 0 && found.missed < Infinity);
  const open = sought.filter(({ boundary }) => boundary > 0 && boundary < MAX_USERS);
  const widths = known.map(({ found }) => found.missed / found.met);
  const sum = (of: "told" | "unclear"): number => sought.reduce((total, { found }) => total + found[of], 0);
  return [
    name,
    percent(sought.filter(isHeld).length, sought.length),
    percent(known.length, open.length),
    percent(sought.filter(({ boundary, found }) => boundary > 0 && found.met === 0).length, sought.length),
    quantileOf(widths, 0.5).toFixed(2),
    quantileOf(widths, 0.9).toFixed(2),
    percent(sum("unclear"), sum("told")),
  ];
}

const percent = (some: number, all: number): string => `${((100 * some) / all).toFixed(1)} %`;

const takenCells = (all: Taken[]): string[] =>
  (["requests", "seconds"] as const).flatMap((of) =>
    [0.5, 0.9].map((p) =>
      Math.round(
        quantileOf(
          all.map((one) => one[of]),
          p,
        ),
      ).toLocaleString("en-US"),
    ),
  );

const quantileOf = (values: number[], p: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(p * (values.length - 1))] ?? Number.NaN;

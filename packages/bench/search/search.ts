import { markdown } from "@brimline/testkit/markdown";
import type { Study } from "../study.ts";
import { anyEndpoint, boundaryOf, MAX_USERS } from "./endpoints.ts";
import { bisection, doublingSweep, type Taken } from "./peers.ts";
import { searched, type Searched } from "./searched.ts";

/** Endpoints of a set in all, and in a quick look. */
const ENDPOINTS = { all: 200, quick: 20 };
/**
 * Endpoints by their numbers. How long levels last, and where they lie, was chosen on those before 400, so the second
 * set had no part in it.
 */
const SETS = [
  { name: "chosen on", first: 0 },
  { name: "held out", first: 400 },
];
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
    const figures = SETS.flatMap(({ name, first }) => {
      const endpoints = Array.from({ length: count }, (_, nth) => {
        process.stderr.write(`search  ${name} ${nth + 1}/${count}\n`);
        const endpoint = anyEndpoint(first + nth);
        return { nth: first + nth, endpoint, boundary: boundaryOf(endpoint) };
      });
      return WITHIN_S.map((withinS) => ({
        set: name,
        withinS,
        sought: endpoints.map(({ nth, endpoint, boundary }) => ({
          boundary,
          found: searched(endpoint, withinS, `search ${withinS} ${nth}`),
          sweep: doublingSweep(endpoint, boundary),
          bisection1000: bisection(endpoint, boundary, 1000),
          bisection300: bisection(endpoint, boundary, 300),
        })),
      }));
    });
    return Promise.resolve({ text: render(figures), figures });
  },
};

export const isHeld = ({ boundary, found: { met, missed } }: Sought): boolean =>
  met <= boundary && boundary < missed;

/** What came of the endpoints of one set, searched within a time. */
interface OfSet {
  set: string;
  withinS: number;
  sought: Sought[];
}

function render(all: OfSet[]): string {
  const sought = all.filter(({ withinS }) => withinS === WITHIN_S[0]).flatMap((of) => of.sought);
  const found = markdown(
    [
      "endpoints",
      "within",
      "held",
      "both ends known",
      "no load met, though one does",
      "width, median",
      "90 %",
      "told loads unclear in the report",
    ],
    all.map(({ set, withinS, sought: some }) => [set, ...foundRow(`${withinS} s`, some)]),
  );
  const kinds = markdown(
    ["boundary", "endpoints", "held"],
    [...Map.groupBy(sought, ({ boundary }) => kindOf(boundary))].map(([kind, some]) => [
      kind,
      String(some.length),
      percent(some.filter(isHeld).length, some.length),
    ]),
  );
  const taken = markdown(
    ["endpoints", "way", "requests, median", "90 %", "seconds, median", "90 %"],
    SETS.flatMap(({ name }) =>
      waysOf(all.filter(({ set }) => set === name)).map(([way, of]) => [name, way, ...takenCells(of)]),
    ),
  );
  return [found, kinds, taken].join("\n\n");
}

/** What the search of a set takes, and what others would. */
function waysOf(ofSet: OfSet[]): [string, Taken[]][] {
  const sought = ofSet[0]?.sought ?? [];
  return [
    ...ofSet.map(({ withinS, sought: some }): [string, Taken[]] => [
      `this search, within ${withinS} s`,
      some.map(({ found }) => found),
    ]),
    ["doubling sweep, known to a factor of 2", sought.map(({ sweep }) => sweep)],
    ["bisection to 5 %, 1,000 requests a probe", sought.map(({ bisection1000 }) => bisection1000)],
    ["bisection to 5 %, 300 requests a probe", sought.map(({ bisection300 }) => bisection300)],
  ];
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

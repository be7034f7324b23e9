import { markdown } from "@brimline/testkit/markdown";
import { figureText } from "@brimline/core/compare/words";
import { num } from "@brimline/core/report/text";
import type { Honest } from "./honest.ts";
import {
  type Decides,
  FIGURES,
  type Found,
  neededFor,
  PLANTED,
  PLANTS,
  type Said,
  type SaidOfSystem,
} from "./said.ts";

/** How often a comparison says what, what each figure finds, whether what is printed is true, and what load it takes. */
export function render(said: SaidOfSystem[]): string {
  const [first] = said;
  const names = FIGURES.map(figureText);
  return [
    `Windows of ${first?.windowS ?? 0} s; ${first?.none.twins.pairs ?? 0} pairs without a change, ${first?.planted.all.twins.pairs ?? 0} of each slowdown:`,
    markdown(
      [
        "system",
        "pair",
        "no change: better or worse %",
        "same %",
        ...PLANTS.map((plant) => `${WORDS[plant]}: worse %`),
      ],
      said.flatMap(({ system, none, planted, cvWorsePercent }) => [
        ...(["twins", "independent"] as const).map((pair) => [
          system,
          pair,
          (none[pair].betterPercent + none[pair].worsePercent).toFixed(1),
          none[pair].samePercent.toFixed(0),
          ...PLANTS.map((plant) => planted[plant][pair].worsePercent.toFixed(0)),
        ]),
        [
          system,
          "CV of 3",
          cvWorsePercent.none.toFixed(0),
          "–",
          ...PLANTS.map((plant) => cvWorsePercent[plant].toFixed(0)),
        ],
      ]),
    ),
    "What twins find of each, % of the pairs (and by how much the figure changed, %):",
    markdown(
      [
        "system",
        ...PLANTS.flatMap((plant) =>
          PLANTED[plant].map((figure) => `${WORDS[plant]}: ${figureText(figure)}`),
        ),
      ],
      said.map(({ system, planted }) => [
        system,
        ...PLANTS.flatMap((plant) => PLANTED[plant].map((figure) => foundCell(planted[plant].twins, figure))),
      ]),
    ),
    "The smallest change, %, as printed (the median) / as nine of ten twins would show it; in brackets how many of 100 would show what they print themselves · what others print:",
    markdown(
      ["system", ...names],
      said.map(({ system, honest }) => [
        system,
        ...FIGURES.map((figure) => honestCell(honest[figure].twins)),
      ]),
    ),
    "The same of independent pairs:",
    markdown(
      ["system", ...names],
      said.map(({ system, honest }) => [
        system,
        ...FIGURES.map((figure) => honestCell(honest[figure].independent)),
      ]),
    ),
    "Twins with a change of the size that others print planted: worse in % (the median change of the figure, %):",
    markdown(
      ["system", ...names],
      said.map(({ system, ofPrinted }) => [
        system,
        ...FIGURES.map((figure) => plantedCell(ofPrinted[figure])),
      ]),
    ),
    "For how long a level must run until nine of ten pairs find 5 %, s, twins · independent; in brackets what twins of that length called worse, % of the pairs:",
    markdown(
      ["system", ...names],
      said.map(({ system, windowS, honest, ofNeeded }) => [
        system,
        ...FIGURES.map((figure) => {
          const pairs = [honest[figure].twins, honest[figure].independent];
          const needed = pairs.map((one) => neededFor(one, windowS)).map((s) => (s === null ? "–" : num(s)));
          const found = ofNeeded[figure];
          return `${needed.join(" · ")}${found === undefined ? "" : ` (${found.foundPercent.toFixed(0)} in ${found.windowS} s)`}`;
        }),
      ]),
    ),
  ].join("\n\n");
}

const WORDS = { all: "all 5 % slower", ttft: "TTFT 5 % longer", tpot: "TPOT 5 % longer" };

function foundCell({ figures }: Said, figure: Decides): string {
  const { worsePercent, change } = figures[figure];
  return worsePercent === null
    ? "–"
    : `${worsePercent.toFixed(0)} (${change === null ? "–" : change.toFixed(1)})`;
}

/** What more than doubles a figure is no change that anybody looks for. */
const sizeText = (percent: number): string => (percent > 100 ? "> 100" : num(percent));

const honestCell = (honest: Honest | null): string =>
  honest === null
    ? "–"
    : `${sizeText(honest.printed)} / ${sizeText(honest.needed)} (${honest.ownPercent.toFixed(0)} · ${honest.othersPercent.toFixed(0)})`;

const plantedCell = (found: Found | undefined): string =>
  found === undefined ? "–" : `${found.foundPercent.toFixed(0)} (${num(found.change ?? Number.NaN)})`;

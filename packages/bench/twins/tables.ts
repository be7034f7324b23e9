import { markdown } from "@brimline/testkit/markdown";
import { num } from "@brimline/core/report/text";
import { FIGURES, PLANTED, type Planted, type Said, type SaidOfSystem } from "./said.ts";

/** How often a comparison says what, what each figure finds of what is planted, and what load it takes. */
export function render(said: SaidOfSystem[]): string {
  const [first] = said;
  return [
    `${first?.pairs ?? 0} pairs, windows of ${first?.windowS ?? 0} s:`,
    markdown(
      [
        "system",
        "pair",
        "no change: better or worse %",
        "same %",
        ...PLANTS.map((plant) => `${WORDS[plant]}: worse %`),
      ],
      said.flatMap(({ system, twins, independent, cvWorsePercent }) => [
        [system, "twins", ...verdictsOf(twins)],
        ["", "independent", ...verdictsOf(independent)],
        [
          "",
          "CV of 3",
          cvWorsePercent.none.toFixed(0),
          "",
          ...PLANTS.map((plant) => cvWorsePercent[plant].toFixed(0)),
        ],
      ]),
    ),
    "What twins find of each, % of the pairs (and by how much the figure changed, %):",
    markdown(
      [
        "system",
        ...PLANTS.flatMap((plant) => PLANTED[plant].figures.map((figure) => `${WORDS[plant]}: ${figure}`)),
      ],
      said.map(({ system, twins }) => [
        system,
        ...PLANTS.flatMap((plant) => PLANTED[plant].figures.map((figure) => foundCell(twins[plant], figure))),
      ]),
    ),
    "The smallest change that is found in nine of ten, %, of twins · independent; and for how long a level must run to find 5 %, s:",
    markdown(
      ["system", ...FIGURES, ...FIGURES.map((figure) => `s, ${figure}`)],
      said.map(({ system, windowS, twins, independent }) => [
        system,
        ...FIGURES.map((figure) => both(twins.none, independent.none, figure, (smallest) => smallest)),
        ...FIGURES.map((figure) =>
          both(twins.none, independent.none, figure, (smallest) => neededFor(smallest, windowS)),
        ),
      ]),
    ),
  ].join("\n\n");
}

const PLANTS = ["all", "ttft", "tpot"] as const satisfies Planted[];
const WORDS = { all: "all 5 % slower", ttft: "TTFT 5 % longer", tpot: "TPOT 5 % longer" };

const verdictsOf = (said: Record<Planted, Said>): string[] => [
  (said.none.betterPercent + said.none.worsePercent).toFixed(1),
  said.none.samePercent.toFixed(0),
  ...PLANTS.map((plant) => said[plant].worsePercent.toFixed(0)),
];

function foundCell({ figures }: Said, figure: string): string {
  const { worsePercent = 0, change = null } = figures[figure] ?? {};
  return `${worsePercent.toFixed(0)} (${change === null ? "–" : change.toFixed(1)})`;
}

const both = (twins: Said, independent: Said, figure: string, of: (smallest: number) => number): string =>
  [twins, independent]
    .map(({ figures }) => {
      const smallest = figures[figure]?.smallest ?? null;
      return smallest === null ? "–" : num(of(smallest));
    })
    .join(" · ");

/** Errors fall with the root of the time. */
const neededFor = (smallest: number, windowS: number): number =>
  windowS * (Math.log1p(smallest / 100) / Math.log(1.05)) ** 2;

import { markdown } from "@brimline/testkit/markdown";
import { num } from "@brimline/core/report/text";
import { FIGURES, type Said, type SaidOfSystem } from "./twins.ts";

/** A row for each system and kind of pair. */
export function render(said: SaidOfSystem[]): string {
  const [first] = said;
  return [
    `${first?.pairs ?? 0} pairs, windows of ${first?.windowS ?? 0} s:`,
    markdown(
      [
        "system",
        "pair",
        "better or worse %",
        "same %",
        ...FIGURES.map((figure) => `smallest %, ${figure}`),
        "5 % worse %",
        ...FIGURES.map((figure) => `5 % found %, ${figure}`),
        ...FIGURES.map((figure) => `s for 5 %, ${figure}`),
      ],
      said.flatMap(({ system, twins, independent }) => [
        [system, "twins", ...cells(twins)],
        [system, "independent", ...cells(independent)],
      ]),
    ),
  ].join("\n\n");
}

const cells = ({
  falsePercent,
  samePercent,
  smallest,
  neededS,
  worsePercent,
  foundPercent,
}: Said): string[] => [
  falsePercent.toFixed(1),
  samePercent.toFixed(0),
  ...FIGURES.map((figure) => cell(smallest[figure])),
  worsePercent.toFixed(0),
  ...FIGURES.map((figure) => cell(foundPercent[figure])),
  ...FIGURES.map((figure) => cell(neededS[figure])),
];

const cell = (value: number | null | undefined): string => (value == null ? "–" : num(value));

import { markdown } from "@brimline/testkit/markdown";
import { countOf, type Held, isWrong } from "./held.ts";

/** One level of one round. */
export interface Judged {
  round: number;
  level: string;
  chunks: number;
  merged: number;
  validity: string;
  reasons: string[];
  stalls: { said: number; truth: number };
  held: Held[];
}

/** What is shown of every level, beside the counts of all figures. */
const SHOWN = [
  "ttftMs.mean",
  "ttftMs.p50",
  "ttftMs.p95",
  "ttftMs.p99",
  "chunkGapMs.p50",
  "chunkGapMs.p95",
  "chunkGapMs.p99",
  "tpotMs.p50",
  "e2eMs.p50",
  "e2eMs.p99",
  "outputTokensPerS",
  "inFlight",
];

/** The counts over all rounds, every figure that is wrong, and the figures of the first round. */
export function render(judged: Judged[]): string {
  const wrong = judged.flatMap((one) => one.held.filter(isWrong).map((held) => ({ ...one, held })));
  return [
    renderCounts(judged),
    wrong.length === 0 ? "No figure is wrong." : renderWrong(wrong),
    renderShown(judged),
  ].join("\n\n");
}

function renderCounts(judged: Judged[]): string {
  const heads = [
    "streams",
    "runs",
    "chunks",
    "merged",
    "level is",
    "valid",
    "wrong",
    "indicative",
    "wrong",
    "invalid",
    "wrong",
    "withheld",
    "wrong",
    "stalls",
    "by the log",
  ];
  const sum = (own: Judged[], of: (one: Judged) => number): string =>
    own.reduce((total, one) => total + of(one), 0).toLocaleString("en");
  const lines = [...Map.groupBy(judged, ({ level }) => level)].map(([level, own]) => [
    level,
    String(own.length),
    sum(own, ({ chunks }) => chunks),
    sum(own, ({ merged }) => merged),
    [...new Set(own.map(({ validity, reasons }) => [validity, ...reasons].join(" ")))].join("; "),
    ...(["valid", "indicative", "invalid", "withheld"] as const).flatMap((kind) => [
      sum(own, ({ held }) => countOf(held, kind).count),
      sum(own, ({ held }) => countOf(held, kind).wrong),
    ]),
    sum(own, ({ stalls }) => stalls.said),
    sum(own, ({ stalls }) => stalls.truth),
  ]);
  return markdown(heads, lines);
}

const number = (value: number | null): string => (value === null ? "–" : value.toPrecision(5));

/** Both ends where the log leaves a difference that shows. */
function truthText(truth: Held["truth"]): string {
  const [low, high] = [number(truth?.low ?? null), number(truth?.high ?? null)];
  return low === high ? low : `${low}–${high}`;
}

const saidText = ({ value, low, high, validity }: Held["said"]): string =>
  value === null
    ? low === null
      ? "–"
      : `≥ ${number(low)}`
    : `${number(value)} (${number(low)}–${number(high)}) ${validity}`;

function renderWrong(wrong: { round: number; level: string; held: Held }[]): string {
  return markdown(
    ["wrong", "round", "figure", "the report says", "by the log", "outside by"],
    wrong.map(({ round, level, held }) => [
      level,
      String(round + 1),
      held.name,
      saidText(held.said),
      truthText(held.truth),
      number(held.outside),
    ]),
  );
}

function renderShown(judged: Judged[]): string {
  const first = judged.filter(({ round }) => round === 0);
  return markdown(
    ["figure", ...first.flatMap(({ level }) => [level, "by the log"])],
    SHOWN.map((name) => [
      name,
      ...first.flatMap(({ held }) => {
        const one = held.find((figure) => figure.name === name);
        return one === undefined ? ["–", "–"] : [saidText(one.said), truthText(one.truth)];
      }),
    ]),
  );
}

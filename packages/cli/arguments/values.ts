import { ObjectiveName } from "@brimline/core/job/spec/objectives";
import type { JobRequest, Length } from "@brimline/core/job/spec/spec";
import { OBJECTIVES } from "@brimline/core/report/catalogue";
import { UsageError } from "../error.ts";

/** Reads the value of a flag. It takes the flag's name for the message about a wrong value. */
export type Reader<T> = (flag: string, text: string) => T;

/** Any text but a flag, which means that the value was forgotten: `--model --levels 1`. */
export function text(flag: string, value: string): string {
  if (/^--?[a-z]/i.test(value)) throw new UsageError(`${flag} needs a value, and "${value}" is a flag`);
  return value;
}

export function wholeNumber(flag: string, value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw new UsageError(`${flag} takes a whole number, not "${value}"`);
  return Number(value);
}

export function decimal(flag: string, value: string): number {
  if (!/^\d{1,12}(\.\d{1,9})?$/.test(value)) throw new UsageError(`${flag} takes a number, not "${value}"`);
  return Number(value);
}

const UNIT_S = { s: 1, m: 60, h: 3600 };

/** `90`, `90s`, `10m` or `1h`, in seconds. */
export function duration(flag: string, value: string): number {
  const [, count = "", unit = "s"] = /^(\d{1,12}(?:\.\d{1,9})?)([smh])?$/.exec(value) ?? [];
  if (count === "") throw new UsageError(`${flag} takes a time such as 90s, 10m or 1h, not "${value}"`);
  return Number(count) * UNIT_S[unit as keyof typeof UNIT_S];
}

/** `3%` or `3` */
export function percent(flag: string, value: string): number {
  const [, count = ""] = /^(\d{1,3}(?:\.\d{1,9})?)%?$/.exec(value.trim()) ?? [];
  if (count === "") throw new UsageError(`${flag} takes a percentage such as 3%, not "${value}"`);
  return Number(count);
}

/** `1,8,32` */
export const wholes: Reader<number[]> = (flag, value) =>
  value.split(",").map((each) => wholeNumber(flag, each.trim()));

/** `1,2.5,4` */
export const decimals: Reader<number[]> = (flag, value) =>
  value.split(",").map((each) => decimal(flag, each.trim()));

/** `x-api-key=NAME`: a header, and the environment variable that holds its value. What is wrong is not repeated. */
export function headerVariable(flag: string, value: string): { header: string; variable: string } {
  const [, header, variable] = /^([^=\s]+)=([A-Za-z_]\w*)$/.exec(value) ?? [];
  if (header === undefined || variable === undefined)
    throw new UsageError(
      `${flag} takes a header and the name of the environment variable that holds its value, such as x-api-key=MY_KEY`,
    );
  return { header, variable };
}

export function port(flag: string, value: string): number {
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535)
    throw new UsageError(`${flag} takes 0 to 65535, not "${value}"`);
  return Number(value);
}

/** Only 0, for what can be switched off here and is set in a job file. */
export function zero(flag: string, value: string): 0 {
  if (value !== "0")
    throw new UsageError(
      `${flag} takes only 0, which leaves the warm-up out; set \`warmup\` in a --job file for anything else`,
    );
  return 0;
}

/** `256`, `100-400` (uniform), `normal:256,64` or `lognormal:256,128,16,2048`: mean, stdev, [min, max]. */
export function length(flag: string, value: string): Length {
  const range = /^(\d+)-(\d+)$/.exec(value);
  if (range !== null)
    return { min: wholeNumber(flag, range[1] ?? ""), max: wholeNumber(flag, range[2] ?? "") };
  const [shape = "", list] = value.split(":");
  if (list === undefined) return wholeNumber(flag, value);
  const [mean, stdev, min, max, ...more] = list.split(",");
  if (
    (shape !== "normal" && shape !== "lognormal") ||
    mean === undefined ||
    stdev === undefined ||
    more.length > 0
  )
    throw new UsageError(
      `${flag} takes <n>, <min>-<max>, normal:<mean>,<stdev>[,<min>,<max>] or lognormal:…, not "${value}"`,
    );
  return {
    shape,
    mean: decimal(flag, mean),
    stdev: decimal(flag, stdev),
    ...(min !== undefined && { min: wholeNumber(flag, min) }),
    ...(max !== undefined && { max: wholeNumber(flag, max) }),
  };
}

type Images = NonNullable<NonNullable<JobRequest["workload"]>["images"]>;

/** `2x512x512`: count, width and height. */
export const images: Reader<Images> = (flag, value) => {
  const [, count, width, height] = /^(\d{1,4})x(\d{1,5})x(\d{1,5})$/.exec(value) ?? [];
  if (count === undefined)
    throw new UsageError(`${flag} takes <count>x<width>x<height>, such as 2x512x512, not "${value}"`);
  return { count: Number(count), width: Number(width), height: Number(height) };
};

type Slo = NonNullable<JobRequest["slo"]>;
type Objective = Exclude<Slo, string>;
const OBJECTIVE_WORDS = new Map(OBJECTIVES.map((name) => [name.replace(/Ms$/, ""), name]));
const SLO_USAGE = `${[...OBJECTIVE_WORDS.keys()].map((word) => `${word}=<ms>`).join(", ")} and percentile=<number>`;

/** `chat` or another named objective, or `ttft=500,tpot=50[,e2e=…][,percentile=95]`, times in ms. */
export function slo(flag: string, value: string): Slo {
  const named = ObjectiveName.safeParse(value);
  if (named.success) return named.data;
  if (!value.includes("="))
    throw new UsageError(`${flag} takes ${SLO_USAGE}, or a name of \`brimline objectives\`, not "${value}"`);
  const objectives: Objective = {};
  for (const part of value.split(",")) {
    const [word = "", bound = ""] = part.split("=");
    const field = word.trim() === "percentile" ? "percentile" : OBJECTIVE_WORDS.get(word.trim());
    if (field === undefined) throw new UsageError(`${flag} takes ${SLO_USAGE}, not "${word}"`);
    objectives[field] = decimal(`${flag} ${word}`, bound);
  }
  return objectives;
}

export const oneOf =
  <const Word extends string>(words: readonly Word[]): Reader<Word> =>
  (flag, value) => {
    const word = words.find((each) => each === value);
    if (word === undefined) throw new UsageError(`${flag} takes ${words.join(", ")}, not "${value}"`);
    return word;
  };

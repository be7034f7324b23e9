import type { JobSpec, Length } from "../job/spec/spec.ts";
import type { ArrivalClock } from "../record/record.ts";
import { demandOf, type Load } from "../load.ts";

const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/**
 * A number for a sentence. From 1,000 on it is whole and grouped, from 100 on it has four significant digits,
 * and below that three.
 */
export const num = (value: number): string =>
  Math.abs(value) >= 1000 ? WHOLE.format(value) : String(Number(value.toPrecision(value >= 100 ? 4 : 3)));

/** A time for a sentence: "387 ms", from ten seconds on "12.3 s". */
export const msText = (ms: number): string => (ms < 10_000 ? `${num(ms)} ms` : `${num(ms / 1000)} s`);

/** An amount for a sentence, to the cent, or to two digits below ten cents: "$1,204", "$2.40", "$0.078". */
export const usdText = (usd: number): string =>
  `$${usd >= 1000 ? WHOLE.format(usd) : usd >= 0.1 ? usd.toFixed(2) : Number(usd.toPrecision(2))}`;

/** A load as a reader says it: "1 user", "50 users", "8 requests/s". */
export function loadText(load: Load): string {
  const { value, unit } = demandOf(load);
  return `${num(value)} ${value === 1 ? unit.one : unit.many}`;
}

/** Loads in a sentence: "8 users, 64 users", and of more than three "5 levels from 8 to 128 users". */
export function loadSpan(loads: Load[]): string {
  const [first] = loads;
  if (first === undefined || loads.length <= NAMED_LOADS) return loads.map(loadText).join(", ");
  const { unit } = demandOf(first);
  if (loads.some((load) => demandOf(load).unit.many !== unit.many)) return loads.map(loadText).join(", ");
  const values = loads.map(loadValue);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most
    ? `${loads.length} levels of ${loadText(first)}`
    : `${loads.length} levels from ${num(least)} to ${num(most)} ${unit.many}`;
}
const NAMED_LOADS = 3;

/** The number by which loads are compared: users, or requests per second. */
export const loadValue = (load: Load): number => demandOf(load).value;

/** A number of tokens or its distribution: "128", "100–200", "256 ± 64" or "256 ± 64 (lognormal)". */
export function lengthText(length: Length): string {
  if (typeof length === "number") return String(length);
  if (!("mean" in length)) return `${length.min}–${length.max}`;
  return `${length.mean} ± ${length.stdev}${length.shape === "lognormal" ? " (lognormal)" : ""}`;
}

type Workload = JobSpec["workload"];

/** The prompts that were asked for: "256 tokens", "3 given with the job", "64 tokens, each with 2 images of 512 × 512". */
export function promptsText({
  prompts,
  inputTokens,
  images,
}: Pick<Workload, "prompts" | "inputTokens" | "images">): string {
  const text =
    prompts === undefined
      ? `${lengthText(inputTokens)} tokens`
      : `${WHOLE.format(prompts.length)} given with the job`;
  return images === undefined ? text : `${text}, each with ${imagesText(images)}`;
}

/** "2 images of 512 × 512" */
export const imagesText = ({ count, width, height }: NonNullable<Workload["images"]>): string =>
  `${count === 1 ? "1 image" : `${count} images`} of ${width} × ${height}`;

/** Whose clock says when chunks came, and what that means for a reader. */
export const CLOCK_TEXT: Record<ArrivalClock, string> = {
  kernel: "the kernel's, so only chunks that it merges can be late",
  process: "the load generator's own, so it is late while it is busy",
};

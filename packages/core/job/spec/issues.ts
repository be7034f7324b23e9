import type { z } from "zod";

/** What is wrong with a job. `pointer` is a JSON Pointer into the request (RFC 6901). */
export interface FieldError {
  pointer: string;
  detail: string;
}

type Issue = z.core.$ZodIssue;
type Path = PropertyKey[];
/** `kinds` lists the kinds that are allowed. It is set when the value has another kind. */
interface Flat {
  path: Path;
  detail: string;
  kinds: string[] | null;
}

const SEGMENT_MAX = 64;
const KINDS: Record<string, string> = {
  number: "a number",
  int: "a whole number",
  string: "text",
  boolean: "true or false",
  object: "an object",
  record: "an object",
  array: "a list",
};

/**
 * Turns each issue of a schema into a complaint with a JSON Pointer. It says what is wanted, never what was
 * given.
 */
export const fieldErrors = (issues: Issue[], body: unknown): FieldError[] =>
  issues
    .flatMap((issue) => flatten(issue, [], body))
    .map(({ path, detail }) => ({ pointer: pointerOf(path), detail }));

export const pointerOf = (path: Path): string =>
  path
    .map(
      (segment) =>
        `/${String(segment).slice(0, SEGMENT_MAX).toWellFormed().replaceAll("~", "~0").replaceAll("/", "~1")}`,
    )
    .join("");

function flatten(issue: Issue, base: Path, body: unknown): Flat[] {
  const path = [...base, ...issue.path];
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({
      path: [...path, key],
      detail: "is not a field that can stand here",
      kinds: null,
    }));
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    return closest(
      issue.errors.map((branch) => branch.flatMap((inner) => flatten(inner, path, body))),
      path,
    );
  }
  if (valueAt(body, path) === undefined) return [{ path, detail: "is required", kinds: null }];
  if (issue.code === "invalid_type") return [wrongKind(path, [KINDS[issue.expected] ?? issue.expected])];
  if (issue.code === "invalid_value")
    return [
      wrongKind(
        path,
        issue.values.map((value) => JSON.stringify(value)),
      ),
    ];
  return [{ path, detail: detailOf(issue), kinds: null }];
}

/** What a value of the right kind must be. The messages of formats and of our own rules say it themselves. */
export function detailOf(issue: Issue): string {
  if (issue.code === "too_small")
    return boundText(issue.origin, issue.inclusive === false ? "above" : "at least", issue.minimum);
  if (issue.code === "too_big")
    return boundText(issue.origin, issue.inclusive === false ? "below" : "at most", issue.maximum);
  return issue.message;
}

const COUNTED: Record<string, string> = { string: "characters", array: "entries" };

function boundText(origin: string, word: string, bound: number | bigint): string {
  const counted = COUNTED[origin];
  if (counted === undefined) return `must be ${word} ${bound}`;
  return word === "at least" && bound === 1 ? "must not be empty" : `must have ${word} ${bound} ${counted}`;
}

const wrongKind = (path: Path, kinds: string[]): Flat => ({
  path,
  detail: `must be ${kinds.join(" or ")}`,
  kinds,
});

/**
 * The complaints about the form that the caller most likely meant, when a value may have several: the form of
 * the right kind with the fewest complaints.
 */
function closest(branches: Flat[][], path: Path): Flat[] {
  const ofRightKind = branches.filter(
    (branch) => !branch.some((flat) => flat.kinds !== null && flat.path.length === path.length),
  );
  const best = ofRightKind.sort((a, b) => a.length - b.length)[0];
  if (best !== undefined) return best;
  return [
    wrongKind(path, [...new Set(branches.flatMap((branch) => branch.flatMap((flat) => flat.kinds ?? [])))]),
  ];
}

function valueAt(body: unknown, path: Path): unknown {
  let value = body;
  for (const segment of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[segment];
  }
  return value;
}

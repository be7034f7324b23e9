/** What S3 is asked. PUT and LIST are charged as class A, GET and HEAD as class B, DELETE is free. */
export type Verb = "PUT" | "LIST" | "GET" | "HEAD" | "DELETE";

/** How often each is asked: by verb and by what the object is, `"GET control"`. */
export type Tally = Record<string, number>;

/** One line of a tally. */
export type Count = [verb: Verb, what: string, times: number];

export function tallyOf(counts: Count[]): Tally {
  const tally: Tally = {};
  for (const [verb, what, times] of counts)
    tally[`${verb} ${what}`] = (tally[`${verb} ${what}`] ?? 0) + times;
  return tally;
}

export function sumOf(tallies: Tally[]): Tally {
  const sum: Tally = {};
  for (const tally of tallies)
    for (const [name, times] of Object.entries(tally)) sum[name] = (sum[name] ?? 0) + times;
  return sum;
}

export const timesOf = (tally: Tally, factor: number): Tally =>
  Object.fromEntries(Object.entries(tally).map(([name, times]) => [name, times * factor]));

const CLASS_A = /^(PUT|LIST) /;
const CLASS_B = /^(GET|HEAD) /;
const matching = (tally: Tally, pattern: RegExp): number =>
  Object.entries(tally).reduce((sum, [name, times]) => (pattern.test(name) ? sum + times : sum), 0);

export const classA = (tally: Tally): number => matching(tally, CLASS_A);
export const classB = (tally: Tally): number => matching(tally, CLASS_B);

/** The parts that a bill is read by. */
export const ROLES: Record<string, RegExp> = {
  progress: / progress$/,
  "control polling": / control$/,
  records: / (records|summary|attempt|level|raw)$/,
  telemetry: / (telemetry|agents)$/,
  outbox: / (outbox|deliveries|events|webhook)$/,
  pages: / (site|published)$/,
  "status and the rest": / /,
};

/** Class A and B operations of each role; a line counts for the first role that it fits. */
export function byRole(tally: Tally): Record<string, { a: number; b: number }> {
  const roles: Record<string, { a: number; b: number }> = {};
  for (const [name, times] of Object.entries(tally)) {
    const role = Object.keys(ROLES).find((each) => ROLES[each]?.test(name)) ?? "";
    const before = roles[role] ?? { a: 0, b: 0 };
    roles[role] = {
      a: before.a + (CLASS_A.test(name) ? times : 0),
      b: before.b + (CLASS_B.test(name) ? times : 0),
    };
  }
  return roles;
}

/** What an object of the data bucket is, by its key or a prefix of it, as `packages/store/keys.ts` names them. */
export function whatOf(key: string): string {
  const [top = "", ...rest] = key.split("/");
  const file = rest.at(-1) ?? "";
  if (top === "jobs") return file.split(".")[0] ?? "";
  if (top !== "raw") return top;
  if (file === "attempt.json" || file === "level.json") return file.slice(0, -".json".length);
  if (/^shard-\d+\.ndjson\.gz$/.test(file)) return "records";
  return /^shard-\d+\.json$/.test(file) ? "summary" : "raw";
}

import { FUNCTIONS, type FunctionName, type FunctionRow, SITE } from "../../infra/functions.ts";

/** What may be done with the objects of one bucket, by the methods of S3. `*` in a pattern stands for anything. */
type Allowed = Record<string, string[]>;

const NOTHING: Allowed = {};

function onData(name: FunctionName): Allowed {
  const { reads, writes, removes = [] }: FunctionRow = FUNCTIONS[name];
  return { GET: reads, HEAD: reads, PUT: writes, DELETE: removes };
}

const onSite = (name: FunctionName): Allowed =>
  name === "Publish"
    ? { GET: SITE.writes, HEAD: SITE.writes, PUT: SITE.writes, DELETE: SITE.removes }
    : NOTHING;

/**
 * What functions asked of objects and may not do by their rows of `infra/functions.ts`. `touched` is what a counting
 * proxy saw. Who is outside has a link that the API signed, so it may do what the API may. Everyone may list.
 */
export const forbidden = (touched: Record<string, string[]>): string[] =>
  Object.entries(touched).flatMap(([caller, asked]) => {
    const name = caller === "outside" ? "Api" : (caller.split(" ")[0] as FunctionName);
    const allowed = { data: onData(name), site: onSite(name) };
    return asked
      .filter((operation) => {
        const [method = "", bucket = "data", key = ""] = operation.split(" ");
        const patterns = allowed[bucket as "data" | "site"][method] ?? [];
        return !patterns.some((pattern) => fits(key, pattern));
      })
      .map((operation) => `${caller}: ${operation}`);
  });

const fits = (key: string, pattern: string): boolean =>
  new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", ".*")}$`).test(key);

import { NAMED_OBJECTIVES, type NamedObjective } from "@brimline/core/job/spec/objectives";
import { named } from "@brimline/core/report/names";
import { number } from "@brimline/core/report/shown/cells";
import { table, wrap } from "../terminal/table.ts";

export async function run(): Promise<number> {
  process.stdout.write(objectivesText(process.stdout.columns || 100));
  return Promise.resolve(0);
}

/** The table of all named objectives, and below it what each is for and where it is from. */
export function objectivesText(columns: number): string {
  const all = Object.entries<NamedObjective>(NAMED_OBJECTIVES);
  const rows = all.map(([name, { ttftMs, tpotMs, percentile }]) => [
    name,
    number(ttftMs),
    number(tpotMs),
    `p${percentile}`,
  ]);
  const bounds = (["ttftMs", "tpotMs"] as const).map((name) => `${named(name).shortLabel} ms`);
  return [
    ...table([["", ...bounds, "at"], ...rows]),
    ...Map.groupBy(all, ([, { source }]) => source)
      .entries()
      .flatMap(([source, same]) => [
        "",
        ...same.flatMap(([name, { about }]) => wrap(`${name}: ${about}`, columns)),
        ...wrap(source, columns, "  "),
      ]),
    "",
  ].join("\n");
}

import { CATALOGUE, type Entry, type Name, NAMES } from "./catalogue.ts";
import { FORMULAS, type Formula } from "./formulas.ts";

interface FormulaRow extends Formula {
  name: Name;
  label: string;
  unit: string;
  better: Entry["better"];
}

const GROUPS: { id: Entry["group"]; title: string; about: string }[] = [
  {
    id: "throughput",
    title: "Throughput",
    about: "What the endpoint gives in the window, in which all users are in flight.",
  },
  {
    id: "latency",
    title: "Latency",
    about:
      "Each is a distribution over the requests that were due in the window: mean, P50, P90, P95, P99 and P99.9.",
  },
  {
    id: "efficiency",
    title: "Energy, arithmetic and cost",
    about: "Energy is the GPU's own, without host and cooling.",
  },
  {
    id: "server",
    title: "The server's own metrics",
    about:
      "What an inference server exports about itself, over the same windows. Gauges are means over scrapes.",
  },
];

/** Every figure of the catalogue with its formula, unit and source, by groups. */
export const formulaGroups = (): ((typeof GROUPS)[number] & { rows: FormulaRow[] })[] =>
  GROUPS.map((group) => ({
    ...group,
    rows: NAMES.filter((name) => CATALOGUE[name].group === group.id).map((name) => {
      const { label, unit, better, spread } = CATALOGUE[name];
      return { name, label: spread === true ? `${label} (spread)` : label, unit, better, ...FORMULAS[name] };
    }),
  }));

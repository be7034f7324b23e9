/** The edges of vLLM's histogram of the time to the first token, s. */
const EDGES_S = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640,
  2560,
];

/** A histogram as Prometheus has it: each bucket counts what was no longer than its edge. */
export interface Histogram {
  add(seconds: number): void;
  /** Its lines, without those of its help and type. `labels` are those of each, without braces. */
  lines(name: string, labels: string): string;
}

export function createHistogram(): Histogram {
  const buckets = EDGES_S.map(() => 0);
  let [sum, count] = [0, 0];
  return {
    add(seconds) {
      sum += seconds;
      count++;
      for (const [place, edgeS] of EDGES_S.entries())
        if (seconds <= edgeS) buckets[place] = (buckets[place] ?? 0) + 1;
    },
    lines: (name, labels) =>
      [
        ...EDGES_S.map((edgeS, place) => `${name}_bucket{${labels},le="${edgeS}"} ${buckets[place]}`),
        `${name}_bucket{${labels},le="+Inf"} ${count}`,
        `${name}_sum{${labels}} ${sum}`,
        `${name}_count{${labels}} ${count}\n`,
      ].join("\n"),
  };
}

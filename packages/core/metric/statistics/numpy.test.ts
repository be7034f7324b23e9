import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { randomFrom } from "../../random.ts";
import { quantile } from "./quantile.ts";

const PERCENTILES = [0, 1, 25, 50, 90, 95, 99, 99.9, 100];

/** What numpy 2.4.6 says: np.percentile(values, PERCENTILES), of one value, of ties, and of what lies far apart. */
const KNOWN: [number[], number[]][] = [
  [[42.5], [42.5, 42.5, 42.5, 42.5, 42.5, 42.5, 42.5, 42.5, 42.5]],
  [
    [3, 1, 3, 3, 2, 3, 1],
    [1.0, 1.0, 1.5, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0],
  ],
  [
    [0.001, 5e6, 12.25, 12.25, 300],
    [0.001, 0.49096, 12.25, 12.25, 3000120.0000000005, 4000059.999999999, 4800012, 4980001.200000002, 5e6],
  ],
];

/** The percentiles of each array in turn, by numpy, or null where Python has none. */
function byNumpy(arrays: number[][]): number[][] | null {
  const program = `import json, sys, numpy
print(json.dumps([numpy.percentile(a, ${JSON.stringify(PERCENTILES)}).tolist() for a in json.load(sys.stdin)]))`;
  const python = process.env["BRIMLINE_PYTHON"] ?? "python3";
  const { status, stdout } = spawnSync(python, ["-c", program], {
    input: JSON.stringify(arrays),
    encoding: "utf8",
  });
  return status === 0 ? (JSON.parse(stdout) as number[][]) : null;
}

const random = randomFrom(7);
/** A thousand arrays of 1 to 200 values, in every second of them rounded so that many are the same. */
const arrays = Array.from({ length: 1000 }, (_, i) =>
  Array.from({ length: 1 + Math.floor(200 * random() ** 2) }, () => {
    const value = Math.exp(8 * random());
    return i % 2 === 0 ? Math.round(Math.log(value)) : value;
  }),
);
const theirs = byNumpy(arrays);

function expectEqual(values: number[], expected: number[]): void {
  const sorted = Float64Array.from(values).sort();
  for (const [i, percent] of PERCENTILES.entries()) {
    const [ours, known] = [quantile(sorted, percent / 100), expected[i] ?? Number.NaN];
    expect(Math.abs(ours - known)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(known)));
  }
}

test("percentiles are those of numpy (type 7)", () => {
  for (const [values, expected] of KNOWN) expectEqual(values, expected);
});

test.skipIf(theirs === null)(
  "percentiles of 1,000 arrays are those of the numpy that is installed here",
  () => {
    expect(arrays.filter((values) => values.length === 1).length).toBeGreaterThan(10);
    for (const [i, values] of arrays.entries()) expectEqual(values, theirs?.[i] ?? []);
  },
);

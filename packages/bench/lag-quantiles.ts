/** Percentiles (type 7) of one kind of error over a window, ms. */
export interface LagQuantiles {
  p50: number;
  p99: number;
  p999: number;
  max: number;
}

/** It is null without values, and sorts them in place. */
export function lagQuantiles(values: Float64Array): LagQuantiles | null {
  if (values.length === 0) return null;
  values.sort();
  const at = (p: number): number => {
    const rank = p * (values.length - 1);
    const low = values[Math.floor(rank)] ?? Number.NaN;
    return low + (rank % 1) * ((values[Math.ceil(rank)] ?? Number.NaN) - low);
  };
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) };
}

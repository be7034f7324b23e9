/**
 * A number as nvidia-smi prints it, decimal or hexadecimal. It is null for other text such as `[N/A]`, `[Not
 * Supported]` and `[GPU requires reset]`.
 */
export function numberOf(text: string | undefined): number | null {
  if (text === undefined || !/^(-?\d+(\.\d+)?|0x[0-9a-f]+)$/i.test(text)) return null;
  return Number(text);
}

/** The values of a line of `--format=csv`. */
export const csvValues = (line: string): string[] => line.split(",").map((value) => value.trim());

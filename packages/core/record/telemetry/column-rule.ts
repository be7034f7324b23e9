/** The values that a column of samples can have. */
export interface ColumnRule {
  unit: string;
  least: number;
  most: number;
  isWhole?: true;
}

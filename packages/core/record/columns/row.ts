import { type Columns, FLAGS, NONE } from "./columns.ts";
import type { RequestRecord } from "../record.ts";
import type { RequestRow } from "./table.ts";
import { OUTCOMES, SOURCES } from "./words.ts";

const orNull = (count: number | undefined): number | null =>
  count === undefined || count === NONE ? null : count;

/** The row `at` of the columns. */
export class Row implements RequestRow {
  at = 0;
  readonly tokens: RequestRecord["tokens"];
  readonly #columns: Columns;
  readonly #shiftMs: number;
  readonly #drainEndMs: number;

  constructor(columns: Columns, shiftMs: number, drainEndMs: number) {
    this.#columns = columns;
    this.#shiftMs = shiftMs;
    this.#drainEndMs = drainEndMs + shiftMs;
    this.tokens = new RowTokens(columns, this);
  }

  get index(): number {
    return this.#columns.index[this.at] ?? 0;
  }
  get user(): number | null {
    return orNull(this.#columns.user[this.at]);
  }
  get dueMs(): number {
    return (this.#columns.dueMs[this.at] ?? Number.NaN) + this.#shiftMs;
  }
  get sentMs(): number {
    return (this.#columns.sentMs[this.at] ?? Number.NaN) + this.#shiftMs;
  }
  get firstMs(): number | null {
    return this.#time(this.#columns.firstMs);
  }
  get firstVisibleMs(): number | null {
    return this.#time(this.#columns.firstVisibleMs);
  }
  get lastMs(): number | null {
    return this.#time(this.#columns.lastMs);
  }
  get doneMs(): number | null {
    return this.#time(this.#columns.doneMs);
  }
  get closeLagMs(): number | null {
    const lagMs = this.#columns.closeLagMs[this.at] ?? Number.NaN;
    return Number.isNaN(lagMs) ? null : lagMs;
  }
  get closeCut(): boolean {
    return this.#has(FLAGS.closeCut);
  }
  get leftMs(): number {
    return this.doneMs ?? Math.max(this.sentMs, this.#drainEndMs);
  }
  get outcome(): RequestRecord["outcome"] {
    return OUTCOMES[this.#columns.outcome[this.at] ?? 0] ?? "ok";
  }
  get usageInvalid(): boolean {
    return this.#has(FLAGS.usageInvalid);
  }
  get resent(): boolean {
    return this.#has(FLAGS.resent);
  }
  get chunks(): number {
    return this.#columns.chunks[this.at] ?? 0;
  }
  get firstChunkTokens(): number | null {
    return orNull(this.#columns.firstChunkTokens[this.at]);
  }
  get firstEarlierUs(): number {
    return this.#columns.firstEarlierUs[this.at] ?? 0;
  }
  get firstVisibleEarlierUs(): number {
    return this.#columns.firstVisibleEarlierUs[this.at] ?? 0;
  }
  get lastEarlierUs(): number {
    return this.#columns.lastEarlierUs[this.at] ?? 0;
  }
  get hasChunkTokens(): boolean {
    return this.#has(FLAGS.chunkTokens);
  }

  #has(flag: number): boolean {
    return ((this.#columns.flags[this.at] ?? 0) & flag) !== 0;
  }

  #time(column: Float64Array): number | null {
    const atMs = column[this.at] ?? Number.NaN;
    return Number.isNaN(atMs) ? null : atMs + this.#shiftMs;
  }
}

class RowTokens {
  readonly #columns: Columns;
  readonly #row: Row;

  constructor(columns: Columns, row: Row) {
    this.#columns = columns;
    this.#row = row;
  }

  get input(): number | null {
    return orNull(this.#columns.input[this.#row.at]);
  }
  get output(): number | null {
    return orNull(this.#columns.output[this.#row.at]);
  }
  get reasoning(): number | null {
    return orNull(this.#columns.reasoning[this.#row.at]);
  }
  get cached(): number | null {
    return orNull(this.#columns.cached[this.#row.at]);
  }
  get source(): RequestRecord["tokens"]["source"] {
    return SOURCES[this.#columns.source[this.#row.at] ?? 0] ?? "usage";
  }
}

import type { RequestRecord } from "@brimline/core/record/record";
import { expect, test } from "vitest";
import { answersOf } from "@brimline/testkit/load/answers";
import { DRIVER_NAMES, recordsOf } from "@brimline/testkit/load/drivers";

/** How many connections are tried, each with one to three answers. */
const CONNECTIONS = Number(process.env["BRIMLINE_DIFFERENTIAL"] ?? 150);

/** Most of the time a connection waits for turns of the event loop, which others can share. */
const SIDE_BY_SIDE = 16;

/** Each driver has its own words for what HTTP forbids. */
const UNDICI_WORDS =
  /^(Response (does not|body length)|bad (response|upgrade)|The expression evaluated to a falsy value|false == true|Headers Overflow)/;

/**
 * What a record says apart from its clock: which chunks came in the same read as the one before, which chunk
 * was the first to be visible, and what happened.
 */
function factsOf(record: RequestRecord): Record<string, unknown> {
  const { gapsUs, sentMs, firstMs, firstVisibleMs, lastMs, ...more } = record;
  const { doneMs, closeLagMs, firstByteMs, connectMs, dueMs, ...facts } = more;
  const arrivedMs = gapsUs.map(
    (_, at) => Math.round(sentMs * 1000 + gapsUs.slice(0, at + 1).reduce((sum, gap) => sum + gap, 0)) / 1000,
  );
  return {
    ...facts,
    // How late a read came is the clock's.
    merged: null,
    dueMs,
    coalesced: gapsUs.map((gap) => gap === 0),
    firstAt: firstMs === null ? null : arrivedMs.indexOf(firstMs),
    visibleAt: firstVisibleMs === null ? null : arrivedMs.indexOf(firstVisibleMs),
    lastAt: lastMs === null ? null : arrivedMs.lastIndexOf(lastMs),
    had: [doneMs, closeLagMs, firstByteMs, connectMs].map((time) => time !== null),
  };
}

test(
  `all drivers read the same from ${CONNECTIONS} connections of generated answers`,
  { timeout: 30_000 + 100 * CONNECTIONS },
  async () => {
    const outcomes = new Map<string, number>();
    let next = 0;
    let heldUp = 0;
    async function compareInTurn(): Promise<void> {
      while (next < CONNECTIONS) {
        const seed = next++;
        try {
          await compare(seed, outcomes);
        } catch {
          // A process that was held up cuts bodies and opens connections anew. A difference of drivers comes again.
          heldUp++;
          await compare(seed, outcomes);
        }
      }
    }
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, compareInTurn));
    if (process.env["BRIMLINE_DIFFERENTIAL"] !== undefined)
      console.log(Object.fromEntries(outcomes), { heldUp });
    expect(heldUp).toBeLessThan(1 + CONNECTIONS / 1000);
    expect(outcomes.get("ok")).toBeGreaterThan(CONNECTIONS / 2);
  },
);

/** Reads the answers of one seed with every driver, and counts their outcomes. */
async function compare(seed: number, outcomes: Map<string, number>): Promise<void> {
  const answers = answersOf(seed);
  const [expected = [], ...others] = await Promise.all(
    DRIVER_NAMES.map((driver) => recordsOf(driver, answers)),
  );
  expect(expected).toHaveLength(answers.length);
  for (const [nth, answer] of answers.entries()) {
    const reference = expected[nth];
    if (reference === undefined) throw new Error("no record");
    outcomes.set(reference.outcome, (outcomes.get(reference.outcome) ?? 0) + 1);
    const words = UNDICI_WORDS.test(reference.errorText ?? "") ? { errorText: "" } : {};
    for (const [other, records] of others.entries()) {
      const record = records[nth];
      if (record === undefined) throw new Error("no record");
      const where = `${DRIVER_NAMES[other + 1]}, seed ${seed}, answer ${nth}${answer.isSpoiled ? ", spoiled" : ""}: ${JSON.stringify(answer.text)}`;
      expect({ ...factsOf(record), ...words }, where).toEqual({ ...factsOf(reference), ...words });
    }
  }
}

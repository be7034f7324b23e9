import type { RecordBlock } from "./block.ts";
import type { NameOf } from "./fields.ts";
import { flagReader, listReader, numberReader, textReader } from "./column-reader.ts";
import { mergedReader } from "./merged.ts";
import type { RequestRecord } from "../record.ts";
import { outcomeOf, sourceOf } from "./words.ts";

/** The records of a block, in the order in which they were written. */
export function* recordsOfBlock(block: RecordBlock): Generator<RequestRecord> {
  const read = recordReader(block);
  for (let row = 0; row < block.rows; row++) yield read();
}

function recordReader(block: RecordBlock): () => RequestRecord {
  const count = (name: NameOf<"count">) => required(numberReader(block.column(name), name));
  const maybeCount = (name: NameOf<"count">) => numberReader(block.column(name), name);
  const time = (name: NameOf<"time">) => {
    const readUs = required(numberReader(block.column(name), name));
    return () => readUs() / 1000;
  };
  const maybeTime = (name: NameOf<"time">) => {
    const readUs = numberReader(block.column(name), name);
    return () => {
      const us = readUs();
      return us === null ? null : us / 1000;
    };
  };
  const maybeText = (name: NameOf<"text">) => textReader(block.column(name), name);
  const text = (name: NameOf<"text">) => required(maybeText(name));
  const flag = (name: NameOf<"flag">) => flagReader(block.column(name));
  const lists = (name: NameOf<"counts">) => {
    const reader = listReader(block.column(name), name);
    return () => {
      const length = reader.next();
      return length === null ? null : Array.from(reader.values.subarray(0, length));
    };
  };

  const index = count("index");
  const user = maybeCount("user");
  const dueMs = time("dueUs");
  const sentMs = time("sentUs");
  const connectMs = maybeTime("connectUs");
  const firstByteMs = maybeTime("firstByteUs");
  const firstMs = maybeTime("firstUs");
  const firstVisibleMs = maybeTime("firstVisibleUs");
  const lastMs = maybeTime("lastUs");
  const doneMs = maybeTime("doneUs");
  const closeLagMs = maybeTime("closeLagUs");
  const closeCut = flag("closeCut");
  const gapsUs = required(lists("gapsUs"));
  const merged = mergedReader(block);
  const chunkTokens = lists("chunkTokens");
  const status = maybeCount("status");
  const outcome = text("outcome");
  const finishReason = maybeText("finishReason");
  const input = maybeCount("tokens.input");
  const output = maybeCount("tokens.output");
  const reasoning = maybeCount("tokens.reasoning");
  const cached = maybeCount("tokens.cached");
  const source = text("tokens.source");
  const usageInvalid = flag("usageInvalid");
  const connectionReused = flag("connectionReused");
  const resent = flag("resent");
  const errorText = maybeText("errorText");

  return () => ({
    index: index(),
    user: user(),
    dueMs: dueMs(),
    sentMs: sentMs(),
    connectMs: connectMs(),
    firstByteMs: firstByteMs(),
    firstMs: firstMs(),
    firstVisibleMs: firstVisibleMs(),
    lastMs: lastMs(),
    doneMs: doneMs(),
    closeLagMs: closeLagMs(),
    closeCut: closeCut(),
    gapsUs: gapsUs(),
    merged: merged(),
    chunkTokens: chunkTokens(),
    status: status(),
    outcome: outcomeOf(outcome()),
    finishReason: finishReason(),
    tokens: {
      input: input(),
      output: output(),
      reasoning: reasoning(),
      cached: cached(),
      source: sourceOf(source()),
    },
    usageInvalid: usageInvalid(),
    connectionReused: connectionReused(),
    resent: resent(),
    errorText: errorText(),
  });
}

function required<T>(read: () => T | null): () => T {
  return () => {
    const value = read();
    if (value === null) throw new TypeError("a record lacks what every record has");
    return value;
  };
}

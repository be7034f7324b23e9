import type { RequestRecord, ShardSummary } from "@brimline/core/record/record";
import { expect, onTestFinished } from "vitest";
import { type Scripted, scriptedEndpoint } from "./scripted.ts";

/** A scripted endpoint that closes when its test ends. */
export async function serving(answer: Parameters<typeof scriptedEndpoint>[0]): Promise<Scripted> {
  const endpoint = await scriptedEndpoint(answer);
  onTestFinished(() => endpoint.close());
  return endpoint;
}

/** Checks that every request that was sent is counted once, in the summary of a shard and in its records. */
export function expectNothingLost({
  records,
  summary,
}: {
  records: RequestRecord[];
  summary: ShardSummary;
}): void {
  const { due, sent, ok, failed, censored } = summary.requests;
  expect(records).toHaveLength(sent);
  expect(ok + failed + censored).toBe(sent);
  expect(due).toBeGreaterThanOrEqual(sent);
  expect(new Set(records.map((record) => record.index)).size).toBe(sent);
}

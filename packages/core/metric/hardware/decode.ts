import type { ModelMemory } from "./flops.ts";

/**
 * The bytes that one forward pass over a batch reads: the weights, and the KV cache of each request. Of E experts, k
 * for each token, a batch of B tokens reads E·(1 − (1 − k/E)^B) if tokens choose them evenly. `replicas` share the
 * batch evenly, and each reads the weights.
 */
export function stepBytes(
  memory: ModelMemory,
  { batch, contextTokens, replicas }: { batch: number; contextTokens: number; replicas: number },
): number {
  return replicas * weightsRead(memory, batch / replicas) + batch * kvBytes(memory, contextTokens);
}

function weightsRead({ stepBytes: always, experts }: ModelMemory, batch: number): number {
  if (experts === null) return always;
  return always + experts.bytes * (1 - (1 - experts.perToken / experts.count) ** batch);
}

/** The KV cache of one request with so many tokens, in bytes. */
export const kvBytes = ({ kv }: ModelMemory, contextTokens: number): number =>
  kv.reduce((sum, { bytesPerToken, window }) => sum + bytesPerToken * Math.min(contextTokens, window), 0);

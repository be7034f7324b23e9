const MASK = (1n << 53n) - 1n;

/** FNV-1a, 64 bits, of a request's body, as the truth servers add them up. */
export function hashOf(bytes: Uint8Array): bigint {
  let hash = 14695981039346656037n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 1099511628211n);
  return hash;
}

/**
 * The id in a truth server's log of a request that gives none: as many bits of the hash as a number holds
 * exactly.
 */
export const idOf = (body: Uint8Array): number => Number(hashOf(body) & MASK);

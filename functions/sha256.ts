import { createHash, timingSafeEqual } from "node:crypto";

export const sha256Hex = (content: string | Uint8Array): string =>
  createHash("sha256").update(content).digest("hex");

/**
 * Whether a text has this SHA-256 (hex). The time that the comparison takes does not show how much of the
 * hash fits.
 */
export function hasSha256(text: string, sha256: string): boolean {
  const wanted = Buffer.from(sha256, "hex");
  const given = createHash("sha256").update(text).digest();
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

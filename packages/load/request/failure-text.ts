import type { ErrorKind } from "@brimline/core/codes";
import { redact } from "@brimline/core/redact";
import type { Secret } from "@brimline/core/secret";

const TEXT_BYTES = 2048;
const TEXTS_OF_A_KIND = 20;

/** The text of a failure to keep: secrets are removed, then it is cut to at most 2 KiB. */
export function safeText(text: string, secrets: Secret[]): string {
  const safe = redact(text, secrets);
  if (Buffer.byteLength(safe) <= TEXT_BYTES) return safe;
  // A character that the cut splits becomes U+FFFD.
  return Buffer.from(safe)
    .toString("utf8", 0, TEXT_BYTES)
    .replace(/\ufffd$/, "");
}

/** Keeps the texts of the first 20 failures of each kind. More of them tell nothing new. */
export function createExplainer(secrets: Secret[]): (kind: ErrorKind, text: string) => string | null {
  const kept = new Map<ErrorKind, number>();
  return (kind, text) => {
    const count = kept.get(kind) ?? 0;
    if (count >= TEXTS_OF_A_KIND) return null;
    kept.set(kind, count + 1);
    return safeText(text, secrets);
  };
}

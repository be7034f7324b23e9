import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

/**
 * A new key, `bl_<id>_<secret>_<crc>`. The secret has 256 random bits, so a plain SHA-256 of the key is all that has to
 * be stored: nobody can try out so many, and a slow hash would only cost every request. The beginning and the check sum
 * let scanners of leaked secrets tell a key from a look-alike.
 */
export function newKeyText(id: string): string {
  const body = `bl_${id}_${randomBytes(32).toString("hex")}`;
  return `${body}_${crc32(body).toString(16).padStart(8, "0")}`;
}

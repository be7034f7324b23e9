import { createHmac, hkdfSync } from "node:crypto";
import type { Service } from "./service.ts";

/**
 * What a caller puts where only an endpoint's owner can. It follows from the caller, so nothing is stored, and another
 * caller cannot use it: 128 bits of HMAC-SHA256, with a key that makes nothing else.
 */
export function ownershipToken({ idKey }: Pick<Service, "idKey">, caller: string): string {
  const key = Buffer.from(hkdfSync("sha256", idKey, "", "brimline ownership", 32));
  return `brimline-${createHmac("sha256", key).update(caller).digest("hex").slice(0, 32)}`;
}

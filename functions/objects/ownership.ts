import { createHmac, hkdfSync } from "node:crypto";
import type { JobSpec } from "@brimline/core/job/spec/spec";
import { isTrial } from "@brimline/core/job/trial";
import { ADMIN } from "./caller.ts";
import type { Service } from "../service.ts";

/**
 * Whether an endpoint must be shown to be its caller's: for a load beyond a trial, by a caller whom the operator gave a
 * key.
 */
export const needsProof = (caller: string, spec: JobSpec): boolean => caller !== ADMIN && !isTrial(spec);

/**
 * What a caller puts where only an endpoint's owner can. It follows from the caller, so nothing is stored, and another
 * caller cannot use it: 128 bits of HMAC-SHA256, with a key that makes nothing else.
 */
export function ownershipToken({ idKey }: Pick<Service, "idKey">, caller: string): string {
  const key = Buffer.from(hkdfSync("sha256", idKey, "", "brimline ownership", 32));
  return `brimline-${createHmac("sha256", key).update(caller).digest("hex").slice(0, 32)}`;
}

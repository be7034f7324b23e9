import { createHmac, hkdfSync, randomBytes } from "node:crypto";

const ID_LENGTH = 20;
const ID = /^[a-z0-9]{20}$/;
const ID_COUNT = 36n ** BigInt(ID_LENGTH);

export const isId = (text: string): boolean => ID.test(text);

/** The key of `Service.idKey`, from the service's master key. */
export const idKeyOf = (masterKey: Buffer): Buffer =>
  Buffer.from(hkdfSync("sha256", masterKey, "", "brimline job ids", 32));

/**
 * A job's id: 20 characters `[a-z0-9]` (103 bits) of HMAC(server secret, caller + Idempotency-Key). Nobody
 * can guess it, and a retry gets the same one.
 */
export const jobIdOf = (idKey: Buffer, caller: string, idempotencyKey: string): string =>
  idText(createHmac("sha256", idKey).update(`${caller}\u0000${idempotencyKey}`).digest());

export const randomId = (): string => idText(randomBytes(32));

const idText = (bytes: Buffer): string =>
  (BigInt(`0x${bytes.toString("hex")}`) % ID_COUNT).toString(36).padStart(ID_LENGTH, "0");

/**
 * A keyed hash of a request's body. With a plain hash, a reader of the store could try out weak endpoint
 * keys.
 */
export const bodyFingerprint = (idKey: Buffer, body: Uint8Array): string =>
  createHmac("sha256", idKey).update("body\u0000").update(body).digest("hex");

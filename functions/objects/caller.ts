import { CallerLimits } from "@brimline/core/job/allowance";
import { keys } from "@brimline/store/keys";
import { z } from "zod";
import type { Service } from "../service.ts";
import { objectToChange, readObject } from "./object.ts";

/**
 * The caller who may do everything, and who alone has jobs where no key is needed: whoever holds the admin key, or a
 * key with the scope `admin`.
 */
export const ADMIN = "admin";

/** What a key may do: submit jobs and change its caller's, read them and public ones, or everything. */
export const Scope = z.enum(["submit", "read", "admin"]);
export type Scope = z.infer<typeof Scope>;

/** A key as it is stored. The key itself is stored nowhere. */
export const StoredKey = z.object({
  id: z.string(),
  name: z.string(),
  sha256: z.string(),
  scopes: z.array(Scope),
  createdAt: z.string(),
  /** It is null for a key that does not expire. */
  expiresAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
  /** When it was used last, some minutes more or less. It is null for a key that never was. */
  lastUsedAt: z.string().nullable(),
});
export type StoredKey = z.infer<typeof StoredKey>;

/** `callers/<id>/caller.json`: whose jobs are whose. A caller may have several keys, so that one can replace another. */
export const CallerObject = z.object({
  schema: z.literal("brimline.caller/1"),
  id: z.string(),
  limits: CallerLimits,
  keys: z.array(StoredKey),
});
export type CallerObject = z.infer<typeof CallerObject>;

export const readCaller = ({ data }: Pick<Service, "data">, id: string): Promise<CallerObject | null> =>
  readObject(data, keys.caller(id), CallerObject);

/** Why a key is valid no longer, as its holder is told. It is null for one that is. */
export function keyFault({ revokedAt, expiresAt }: StoredKey, nowUnixMs: number): string | null {
  if (revokedAt !== null)
    return `This key was revoked at ${revokedAt}. Ask the service's operator for another.`;
  if (expiresAt !== null && Date.parse(expiresAt) <= nowUnixMs)
    return `This key expired at ${expiresAt}. Ask the service's operator for another.`;
  return null;
}

/** The number of times that a change of a caller is tried. Of concurrent changes, one succeeds at each try. */
const CHANGE_TRIES = 50;

/** Changes a caller, whoever else does at the same time. The answer is what it is then, or null where there is none. */
export async function changeCaller(
  { data }: Pick<Service, "data">,
  id: string,
  change: (caller: CallerObject) => CallerObject,
): Promise<CallerObject | null> {
  const key = keys.caller(id);
  for (let turn = 0; turn < CHANGE_TRIES; turn++) {
    const { before, write } = await objectToChange(data, key, CallerObject);
    if (before === null) return null;
    const after = change(before);
    if (await write(after)) return after;
  }
  throw new Error(`${key} changed ${CHANGE_TRIES} times while it was written`);
}

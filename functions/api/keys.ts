import { atOnce, REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import type { Context } from "hono";
import type { CallerLimits } from "@brimline/core/job/allowance";
import { type CallerObject, changeCaller, readCaller, type StoredKey } from "../objects/caller.ts";
import { createObject } from "../objects/object.ts";
import { newKeyText } from "../key-text.ts";
import type { Service } from "../service.ts";
import { sha256Hex } from "../sha256.ts";
import { invalid, readBody } from "./door/body.ts";
import { idParam } from "./door/param.ts";
import { RequestError } from "./door/problem.ts";
import { randomId } from "./id.ts";
import { type Key, type KeyList, type KeyMade, KeyRequest } from "./openapi/schemas.ts";

/** All callers are read for the list of keys. */
const CALLERS_MAX = 1000;
const KEYS_OF_CALLER_MAX = 20;

/**
 * `POST /v1/keys` makes a key, of a new caller or of one that has keys. Only this answer shows it; the store keeps its
 * hash.
 */
export const addKey =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    if (service.config.adminKeySha256 === null)
      throw new RequestError(
        "conflict",
        "This service answers everyone on its machine, so it needs no keys. Start it with --admin-key-env first.",
      );
    const { value } = await readBody(c, KeyRequest);
    const expiresMs = value.expiresAt === undefined ? null : Date.parse(value.expiresAt);
    if (expiresMs !== null && expiresMs <= service.now())
      throw invalid([{ pointer: "/expiresAt", detail: "must be a time to come" }]);
    const id = value.caller ?? randomId();
    const text = newKeyText(id);
    const key: StoredKey = {
      id: randomId(),
      name: value.name,
      sha256: sha256Hex(text),
      scopes: value.scopes,
      createdAt: new Date(service.now()).toISOString(),
      expiresAt: expiresMs === null ? null : new Date(expiresMs).toISOString(),
      revokedAt: null,
      lastUsedAt: null,
    };
    if (value.limits !== undefined && value.scopes.includes("admin"))
      throw invalid([{ pointer: "/limits", detail: "do not go with the scope admin, which has none" }]);
    const caller =
      value.caller === undefined
        ? await makeCaller(service, {
            schema: "brimline.caller/1",
            id,
            limits: value.limits ?? {},
            keys: [key],
          })
        : await giveKey(service, id, key, value.limits);
    return c.json({ ...viewOf(caller, key), key: text } satisfies KeyMade, 201, {
      "cache-control": "no-store",
    });
  };

async function makeCaller(service: Service, caller: CallerObject): Promise<CallerObject> {
  if ((await callerIds(service)).length >= CALLERS_MAX)
    throw new RequestError(
      "conflict",
      `There are ${CALLERS_MAX} callers. Delete revoked keys first: a caller without keys goes.`,
    );
  if (!(await createObject(service.data, keys.caller(caller.id), caller)))
    throw new Error(`caller id ${caller.id} was drawn twice`);
  return caller;
}

async function giveKey(
  service: Service,
  id: string,
  key: StoredKey,
  limits: CallerLimits | undefined,
): Promise<CallerObject> {
  const caller = await changeCaller(service, id, (before) => {
    // Its last key was deleted a moment ago, and it goes.
    if (before.keys.length === 0) throw noCaller();
    if (before.keys.length >= KEYS_OF_CALLER_MAX)
      throw new RequestError(
        "conflict",
        `The caller has ${KEYS_OF_CALLER_MAX} keys. Delete revoked ones first.`,
      );
    return { ...before, limits: limits ?? before.limits, keys: [...before.keys, key] };
  });
  if (caller === null) throw noCaller();
  return caller;
}

const noCaller = (): RequestError =>
  invalid([{ pointer: "/caller", detail: "must be the caller of a key that exists" }]);

/** `GET /v1/keys` lists all keys, without what they are. */
export const listKeys =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const found = (await callers(service)).flatMap((caller) => caller.keys.map((key) => viewOf(caller, key)));
    const newestFirst = found.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
    return c.json({ keys: newestFirst } satisfies KeyList, 200, { "cache-control": "no-store" });
  };

/** `DELETE /v1/keys/{id}` revokes a key, from the next request on. Of one that was revoked it removes what is left. */
export const removeKey =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const id = idParam(c);
    const holder = (await callers(service)).find(({ keys: own }) => own.some((key) => key.id === id));
    if (holder === undefined) throw new RequestError("not_found", "There is no key with this id.");
    const wasRevoked = holder.keys.some((key) => key.id === id && key.revokedAt !== null);
    const revokedAt = new Date(service.now()).toISOString();
    await changeCaller(service, holder.id, (caller) => ({
      ...caller,
      keys: wasRevoked
        ? caller.keys.filter((key) => key.id !== id)
        : caller.keys.map((key) => (key.id === id ? { ...key, revokedAt } : key)),
    }));
    await dropEmpty(service);
    return c.body(null, 204);
  };

/** Removes the callers whose last key was deleted, those too that a crash left. No key is given to one any more. */
async function dropEmpty(service: Service): Promise<void> {
  for (const { id, keys: own } of await callers(service))
    if (own.length === 0) await service.data.remove(keys.caller(id));
}

async function callers(service: Service): Promise<CallerObject[]> {
  const found = await atOnce(REQUESTS_AT_ONCE, await callerIds(service), (id) => readCaller(service, id));
  return found.filter((caller) => caller !== null);
}

async function callerIds({ data }: Service): Promise<string[]> {
  const ids: string[] = [];
  for await (const key of listAll(data, keys.callersPrefix)) {
    const id = key.split("/")[1] ?? "";
    if (key === keys.caller(id)) ids.push(id);
  }
  return ids;
}

const viewOf = ({ id, limits }: CallerObject, { sha256: _sha256, ...key }: StoredKey): Key => ({
  caller: id,
  limits,
  ...key,
});

import type { CallerLimits } from "@brimline/core/job/allowance";
import { keys } from "@brimline/store/keys";
import type { Context, MiddlewareHandler } from "hono";
import { AgentObject } from "../../objects/agent.ts";
import {
  ADMIN,
  type CallerObject,
  changeCaller,
  keyFault,
  readCaller,
  Scope,
  type StoredKey,
} from "../../objects/caller.ts";
import { readObject } from "../../objects/object.ts";
import type { Service } from "../../service.ts";
import { hasSha256 } from "../../sha256.ts";
import { isId } from "../id.ts";
import { isOwn } from "../../objects/access.ts";
import { idParam } from "./param.ts";
import { RequestError } from "./problem.ts";

/** Who asks, and what they may. */
export interface Caller {
  /** To whom the jobs belong that it submits. All with the scope `admin` are one. */
  id: string;
  /** Whose key it is, for counting requests. */
  holder: string;
  scopes: readonly Scope[];
  limits: CallerLimits;
}

/** Who may use a route: the holder of a key with the scope, an agent on its own paths, or anyone. */
export type Who = Scope | "agent" | "read_or_agent" | "anyone";

const ROOT: Caller = { id: ADMIN, holder: ADMIN, scopes: Scope.options, limits: {} };
const AGENT_TOKEN = /^bla_([a-z0-9]{20})_[A-Za-z0-9_-]{43}$/;
const KEY = /^bl_([a-z0-9]{20})_[0-9a-f]{64}_[0-9a-f]{8}$/;

/** The time of a key's last use is written at most this often. */
const LAST_USE_EVERY_MS = 600_000;

type Known = { caller: Caller } | { agent: AgentObject } | { refused: RequestError };

/** Who sends each request. It is found out once. */
const known = new WeakMap<Context, Promise<Known>>();

/** Refuses requests of those who may not use a route. */
export const mayUse = (service: Service, who: Who): MiddlewareHandler =>
  async function mayUse(c, next) {
    // The routes of agents need the agent itself, and find it.
    if (who === "anyone" || who === "agent") return next();
    if (who === "read_or_agent" && "agent" in (await senderOf(service, c))) await agentOfPath(service, c);
    else refuseWithout(await callerOf(service, c), who === "read_or_agent" ? "read" : who);
    return next();
  };

/** Refuses requests without a valid key, whatever it may do. */
export const anyKey = (service: Service): MiddlewareHandler =>
  async function anyKey(c, next) {
    await callerOf(service, c);
    await next();
  };

function refuseWithout({ scopes }: Caller, scope: Scope): void {
  if (scopes.includes(scope) || scopes.includes("admin")) return;
  throw new RequestError(
    "forbidden",
    `This needs a key with the scope ${scope}, and yours has ${scopes.join(" and ")}.`,
  );
}

/** The caller who sends a request. It throws RequestError 401 without a valid key. */
export async function callerOf(service: Service, c: Context): Promise<Caller> {
  const sender = await senderOf(service, c);
  if ("caller" in sender) return sender.caller;
  throw "refused" in sender ? sender.refused : noKey();
}

/** The same, looked up again: a key may be revoked or expire while an answer lasts. */
export async function callerNow(service: Service, c: Context): Promise<Caller> {
  known.delete(c);
  return callerOf(service, c);
}

/**
 * The agent whose token the request carries. It throws RequestError 401 without a valid token, 403 on another
 * agent's path.
 */
export async function agentOfPath(service: Service, c: Context): Promise<AgentObject> {
  const agent = await agentWith(service, bearerOf(c));
  if (agent === null) throw noKey();
  if (agent.id !== idParam(c)) throw new RequestError("forbidden", "An agent may use its own paths only.");
  return agent;
}

/**
 * Whose request it is, for counting. Whoever has neither a valid key nor an agent's token is one of many, so that nobody
 * gets a count of their own, or uses up an agent's, by making tokens up.
 */
export async function holderOf(service: Service, c: Context): Promise<string> {
  const sender = await senderOf(service, c);
  if ("caller" in sender) return sender.caller.holder;
  return "agent" in sender ? sender.agent.id : "others";
}

/** Whether what belongs to `owner` is the sender's to read. An agent may read what its own path names. */
export async function mayReadOf(service: Service, c: Context, owner: string): Promise<boolean> {
  if ("agent" in (await senderOf(service, c))) return true;
  return isOwn((await callerOf(service, c)).id, owner);
}

function senderOf(service: Service, c: Context): Promise<Known> {
  const found = known.get(c) ?? identify(service, bearerOf(c));
  known.set(c, found);
  return found;
}

async function identify(service: Service, bearer: string): Promise<Known> {
  const { adminKeySha256 } = service.config;
  if (adminKeySha256 === null || hasSha256(bearer, adminKeySha256)) return { caller: ROOT };
  const agent = await agentWith(service, bearer);
  if (agent !== null) return { agent };
  const id = KEY.exec(bearer)?.[1];
  const holder = id === undefined ? null : await readCaller(service, id);
  const key = holder?.keys.find(({ sha256 }) => hasSha256(bearer, sha256));
  if (holder === null || key === undefined) return { refused: noKey() };
  const fault = keyFault(key, service.now());
  // Only who has the whole key learns what became of it.
  if (fault !== null) return { refused: unauthorized(fault) };
  await noteUse(service, holder, key);
  return { caller: callerWith(holder, key) };
}

const callerWith = ({ id, limits }: CallerObject, { scopes }: StoredKey): Caller =>
  scopes.includes("admin") ? { ...ROOT, holder: id } : { id, holder: id, scopes, limits };

/**
 * The caller for whom something was made earlier, such as a schedule. It is null when none of its maker's keys may
 * submit jobs for that caller any more.
 */
export async function callerOfMade(
  service: Service,
  { caller, holder = caller }: { caller: string; holder?: string | undefined },
): Promise<Caller | null> {
  if (holder === ADMIN) return ROOT;
  const maker = await readCaller(service, holder);
  const valid = maker?.keys.filter((key) => keyFault(key, service.now()) === null) ?? [];
  return (
    valid
      .flatMap((key) => (maker === null ? [] : callerWith(maker, key)))
      // What a key with the scope `admin` makes is the admin's, whose else the key is.
      .find(({ id, scopes }) => id === caller && scopes.includes("submit")) ?? null
  );
}

async function noteUse(
  service: Service,
  { id }: CallerObject,
  { id: used, lastUsedAt }: StoredKey,
): Promise<void> {
  const now = service.now();
  if (lastUsedAt !== null && now - Date.parse(lastUsedAt) < LAST_USE_EVERY_MS) return;
  const at = new Date(now).toISOString();
  const note = changeCaller(service, id, (caller) => ({
    ...caller,
    keys: caller.keys.map((key) => (key.id === used ? { ...key, lastUsedAt: at } : key)),
  }));
  // It is a help for the operator. A full disk must not shut out who only reads.
  await note.catch(() => null);
}

/** The agent that has this token. It is null for any other text. */
async function agentWith(service: Service, token: string): Promise<AgentObject | null> {
  const id = AGENT_TOKEN.exec(token)?.[1];
  const agent =
    id !== undefined && isId(id) ? await readObject(service.data, keys.agent(id), AgentObject) : null;
  return agent !== null && hasSha256(token, agent.tokenSha256) ? agent : null;
}

const bearerOf = (c: Context): string =>
  /^bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";

/** The answer is the same whatever is wrong with a key, so that nobody can guess one part by part. */
const noKey = (): RequestError => unauthorized("Send the key as the header authorization: Bearer <key>.");

const unauthorized = (detail: string): RequestError =>
  new RequestError("unauthorized_caller", detail, { headers: { "www-authenticate": "Bearer" } });

import { keys } from "@brimline/store/keys";
import type { Context, MiddlewareHandler } from "hono";
import { AgentObject } from "../../objects/agent.ts";
import { readObject } from "../../objects/object.ts";
import type { Service } from "../../service.ts";
import { hasSha256 } from "../../sha256.ts";
import { isId } from "../id.ts";
import { idParam } from "./param.ts";
import { RequestError } from "./problem.ts";

/** Whoever holds the admin key is the one caller, to whom all jobs belong. */
export const CALLER = "admin";

const AGENT_TOKEN = /^bla_([a-z0-9]{20})_[A-Za-z0-9_-]{43}$/;

/** Refuses requests without the admin key when the service has one. */
export const adminKey = (service: Service): MiddlewareHandler =>
  async function adminKey(c, next) {
    if (!isAdmin(service, c)) throw noKey();
    await next();
  };

/** Refuses requests that come neither from the admin nor from the agent that the path names. */
export const adminOrAgent = (service: Service): MiddlewareHandler =>
  async function adminOrAgent(c, next) {
    if (!isAdmin(service, c)) await agentOfPath(service, c);
    await next();
  };

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

/** The agent that has this token. It is null for any other text. */
async function agentWith(service: Service, token: string): Promise<AgentObject | null> {
  const id = AGENT_TOKEN.exec(token)?.[1];
  const agent =
    id !== undefined && isId(id) ? await readObject(service.data, keys.agent(id), AgentObject) : null;
  return agent !== null && hasSha256(token, agent.tokenSha256) ? agent : null;
}

function isAdmin(service: Service, c: Context): boolean {
  const { adminKeySha256 } = service.config;
  return adminKeySha256 === null || hasSha256(bearerOf(c), adminKeySha256);
}

/**
 * Whose request it is, for counting. Whoever has neither the key nor an agent's token is one of many, so that nobody
 * gets a count of their own, or uses up an agent's, by making tokens up.
 */
export const callerOf = async (service: Service, c: Context): Promise<string> =>
  isAdmin(service, c) ? CALLER : ((await agentWith(service, bearerOf(c)))?.id ?? "others");

const bearerOf = (c: Context): string =>
  /^bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";

/** The answer is the same whatever is wrong with the key, so that nobody can guess the key part by part. */
const noKey = (): RequestError =>
  new RequestError("unauthorized_caller", "Send the key as the header authorization: Bearer <key>.", {
    headers: { "www-authenticate": "Bearer" },
  });

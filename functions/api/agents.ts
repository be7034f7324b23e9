import { keys } from "@brimline/store/keys";
import type { Context } from "hono";
import { randomBytes } from "node:crypto";
import { AgentObject, createObject, readObject } from "../objects.ts";
import type { Service } from "../service.ts";
import { CALLER } from "./auth.ts";
import { readBody } from "./body.ts";
import { randomId, sha256Hex } from "./id.ts";
import { idParam } from "./param.ts";
import { RequestError } from "./problem.ts";
import { type Agent, type AgentEnrolled, AgentRequest } from "./schemas.ts";

/** `POST /v1/agents`: enrols an agent. The token is shown here once; the store keeps its hash. */
export const enrolAgent =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const { value } = await readBody(c, AgentRequest);
    const id = randomId();
    const token = `bla_${id}_${randomBytes(32).toString("base64url")}`;
    const agent: AgentObject = {
      schema: "brimline.agent/1",
      id,
      caller: CALLER,
      ...value,
      tokenSha256: sha256Hex(token),
      createdAt: new Date(service.now()).toISOString(),
    };
    if (!(await createObject(service.data, keys.agent(id), agent))) throw new Error(`agent id ${id} was drawn twice`);
    return c.json({ id, token } satisfies AgentEnrolled, 201, {
      location: `${service.config.publicUrl}/v1/agents/${id}`,
      "cache-control": "no-store",
    });
  };

/** `GET /v1/agents/{id}`: what it said of itself. */
export const readAgent =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const agent = await readObject(service.data, keys.agent(idParam(c)), AgentObject);
    if (agent === null) throw new RequestError("not_found", "There is no agent with this id.");
    const { id, name, host, createdAt, gpus } = agent;
    return c.json({ id, name, host, createdAt, gpus } satisfies Agent, 200);
  };

import { z } from "zod";

/** `agents/<id>.json`. */
export const AgentObject = z.object({
  schema: z.literal("brimline.agent/1"),
  id: z.string(),
  caller: z.string(),
  name: z.string(),
  host: z.string(),
  tokenSha256: z.string(),
  createdAt: z.string(),
  /** The jobs that name this agent and had not ended when it last asked. */
  jobs: z.array(z.string()).default([]),
  gpus: z.array(
    z.object({
      index: z.int(),
      uuid: z.string(),
      name: z.string(),
      driver: z.string(),
      limitW: z.number().nullable(),
    }),
  ),
});
export type AgentObject = z.infer<typeof AgentObject>;

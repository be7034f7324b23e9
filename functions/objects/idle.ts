import { z } from "zod";

/** `jobs/<id>/idle.json`: the quiet time before the load, in which the idle power is read. */
export const IdleObject = z.object({
  schema: z.literal("brimline.idle/1"),
  startUnixMs: z.number(),
  endUnixMs: z.number(),
});
export type IdleObject = z.infer<typeof IdleObject>;

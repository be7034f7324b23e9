import { z } from "zod";

/** `jobs/<id>/idle.json`: quiet time before load, for the idle power. */
export const IdleObject = z.object({
  schema: z.literal("brimline.idle/1"),
  startUnixMs: z.number(),
  endUnixMs: z.number(),
});
export type IdleObject = z.infer<typeof IdleObject>;

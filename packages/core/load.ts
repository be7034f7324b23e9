import { z } from "zod";

/** What a level asks for: users of a closed loop, or requests per second of an open one. */
export const Load = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("concurrency"), users: z.int() }),
  z.object({
    kind: z.literal("rate"),
    ratePerS: z.number(),
    arrival: z.enum(["constant", "poisson", "gamma"]),
    burstiness: z.number().nullable(),
  }),
]);
export type Load = z.infer<typeof Load>;

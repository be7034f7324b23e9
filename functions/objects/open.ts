import { z } from "zod";

/** `open/<id>` marks a job that has not ended, from the beginning of its submission. */
export const OpenObject = z.object({ id: z.string(), createdAt: z.string() });
export type OpenObject = z.infer<typeof OpenObject>;

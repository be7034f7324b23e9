import { z } from "zod";

/** `open/<id>`: since when a job is unfinished, or its submission begun. */
export const OpenObject = z.object({ id: z.string(), createdAt: z.string() });
export type OpenObject = z.infer<typeof OpenObject>;

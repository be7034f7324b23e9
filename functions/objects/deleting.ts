import { z } from "zod";

/** `changed/<id>/deleting` marks a job that is being deleted, until nothing but its tombstone is left. */
export const DeletingObject = z.object({
  schema: z.literal("brimline.deleting/1"),
  id: z.string(),
  markedAt: z.string(),
  /** The tags whose lists may name the job. The tombstone keeps none. */
  tags: z.array(z.string()),
});
export type DeletingObject = z.infer<typeof DeletingObject>;

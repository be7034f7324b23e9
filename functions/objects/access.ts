import type { Visibility } from "@brimline/core/job/spec/spec";
import { ADMIN } from "./caller.ts";

/**
 * The one rule of whose jobs are whose. A caller may do everything with its own jobs, and read those of others that are
 * public; the admin may do everything with all. An unlisted page is for whoever has its address, the API is not.
 */
export function accessTo(
  { id }: { id: string },
  { owner, visibility }: { owner: string; visibility: Visibility },
): "all" | "read" | "none" {
  if (isOwn(id, owner)) return "all";
  return visibility === "public" ? "read" : "none";
}

/** Whether what belongs to `owner` is a caller's own. Everything is the admin's. */
export const isOwn = (caller: string, owner: string): boolean => caller === ADMIN || caller === owner;

import { BrimlineError } from "@brimline/core/error";
import { keys } from "@brimline/store/keys";
import { z } from "zod";
import type { Service } from "../service.ts";
import { readObject } from "./object.ts";

/** `jobs/<id>/control.json`. */
export const ControlObject = z.object({
  schema: z.literal("brimline.control/1"),
  action: z.enum(["run", "cancel"]),
});
export type ControlObject = z.infer<typeof ControlObject>;

/**
 * Whether the caller has cancelled the job. A missing control object is a fault and never means "not
 * cancelled", so this throws a BrimlineError.
 */
export async function isCancelled(service: Service, jobId: string): Promise<boolean> {
  const control = await readObject(service.data, keys.control(jobId), ControlObject);
  if (control === null)
    throw new BrimlineError("internal", `${keys.control(jobId)} is missing, so nobody could cancel the job`);
  return control.action === "cancel";
}

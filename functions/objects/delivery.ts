import { EventType } from "@brimline/core/codes";
import { z } from "zod";

/** `deliveries/<id>/<seq4>/<try>.json`. */
export const DeliveryObject = z.object({
  schema: z.literal("brimline.delivery/1"),
  webhookId: z.string(),
  type: EventType,
  tries: z.int(),
  at: z.string(),
  outcome: z.enum(["delivered", "failed", "refused", "disabled", "switched_off"]),
  status: z.int().nullable(),
  detail: z.string().nullable(),
  nextAt: z.string().nullable(),
});
export type DeliveryObject = z.infer<typeof DeliveryObject>;

import { keys } from "@brimline/store/keys";
import { z } from "zod";
import type { Service } from "../service.ts";
import { sha256Hex } from "../sha256.ts";
import { putObject, readObject } from "./object.ts";

/** `receivers/<sha256 of the URL>.json`: since when each try at a receiver fails, over all jobs that name it. */
const ReceiverObject = z.object({
  schema: z.literal("brimline.receiver/1"),
  /** It is null since the last delivery. */
  failingSince: z.string().nullable(),
  triedAt: z.string(),
});
export type ReceiverObject = z.infer<typeof ReceiverObject>;

const keyOf = (url: string): string => keys.receiver(sha256Hex(url));

/** It is null for a receiver of which no try has failed. */
export const receiverOf = ({ data }: Service, url: string): Promise<ReceiverObject | null> =>
  readObject(data, keyOf(url), ReceiverObject);

/** Writes down how a try ended. Nothing is written of a receiver that was never in trouble. */
export async function rememberTry(
  service: Service,
  url: string,
  before: ReceiverObject | null,
  isDelivered: boolean,
): Promise<void> {
  if (isDelivered && (before === null || before.failingSince === null)) return;
  const triedAt = new Date(service.now()).toISOString();
  const failingSince = isDelivered ? null : (before?.failingSince ?? triedAt);
  await putObject(service.data, keyOf(url), {
    schema: "brimline.receiver/1",
    failingSince,
    triedAt,
  } satisfies ReceiverObject);
}

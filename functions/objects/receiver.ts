import { keys } from "@brimline/store/keys";
import { z } from "zod";
import type { Service } from "../service.ts";
import { sha256Hex } from "../sha256.ts";
import { putObject, readObject } from "./object.ts";

/**
 * `receivers/<sha256>.json`: since when each try at a caller's receiver fails, over all its jobs that name it. Another
 * caller may name the same URL, with a secret that it refuses, and must not switch it off.
 */
const ReceiverObject = z.object({
  schema: z.literal("brimline.receiver/1"),
  /** It is null since the last delivery. */
  failingSince: z.string().nullable(),
  triedAt: z.string(),
});
export type ReceiverObject = z.infer<typeof ReceiverObject>;

/** Whose receiver is meant. */
interface Named {
  caller: string;
  url: string;
}

const keyOf = ({ caller, url }: Named): string => keys.receiver(sha256Hex(`${caller}\0${url}`));

/** It is null for a receiver of which no try has failed. */
export const receiverOf = ({ data }: Service, named: Named): Promise<ReceiverObject | null> =>
  readObject(data, keyOf(named), ReceiverObject);

/** Writes down how a try ended. Nothing is written of a receiver that was never in trouble. */
export async function rememberTry(
  service: Service,
  named: Named,
  before: ReceiverObject | null,
  isDelivered: boolean,
): Promise<void> {
  if (isDelivered && (before === null || before.failingSince === null)) return;
  const triedAt = new Date(service.now()).toISOString();
  const failingSince = isDelivered ? null : (before?.failingSince ?? triedAt);
  await putObject(service.data, keyOf(named), {
    schema: "brimline.receiver/1",
    failingSince,
    triedAt,
  } satisfies ReceiverObject);
}

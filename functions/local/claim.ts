import { BrimlineError } from "@brimline/core/error";
import { z } from "zod";
import { createObject, readObject } from "../objects/object.ts";
import type { Service } from "../service.ts";
import { sha256Hex } from "../sha256.ts";

const KEY = "service.json";
const ServiceObject = z.object({ schema: z.literal("brimline.service/1"), keySha256: z.string() });

/**
 * Binds a bucket to the data folder whose master key seals its secrets. The service of another folder could
 * open none of them and would run its jobs a second time. It throws a BrimlineError that says so, or why the
 * bucket cannot be used.
 */
export async function claimStore(
  { data, idKey }: Pick<Service, "data" | "idKey">,
  name: string,
): Promise<void> {
  const mine = { schema: "brimline.service/1", keySha256: sha256Hex(idKey) };
  if (await createObject(data, KEY, mine)) return;
  const owner = await readObject(data, KEY, ServiceObject);
  if (owner?.keySha256 === mine.keySha256) return;
  throw new BrimlineError(
    "internal",
    `${name} belongs to the service of another data folder: use that one's folder (it holds master.key), or name another prefix`,
  );
}

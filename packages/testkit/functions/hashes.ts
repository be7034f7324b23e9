import { listAll, type ObjectStore } from "@brimline/store/store";
import { createHash } from "node:crypto";

/** The SHA-256 of every object of a store, by its key. */
export async function hashesOf(store: ObjectStore): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const key of listAll(store, "")) {
    const body = (await store.get(key))?.body ?? "";
    found[key] = createHash("sha256").update(body).digest("hex");
  }
  return found;
}

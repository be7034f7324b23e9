import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { newKeyText } from "../key-text.ts";
import { sha256Hex } from "../sha256.ts";

/**
 * The hash of a data folder's admin key (`admin.key.sha256`, mode 0600), and the key itself if it was made
 * just now. The key is stored nowhere, so it can be shown only now.
 */
export async function loadAdminKey(dataDir: string): Promise<{ sha256: string; created: string | null }> {
  const path = join(dataDir, "admin.key.sha256");
  try {
    const sha256 = (await readFile(path, "utf8")).trim();
    if (/^[0-9a-f]{64}$/.test(sha256)) return { sha256, created: null };
    throw new Error(`${path} is damaged: remove it, and the next start makes a new admin key`);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  const created = newKeyText("admin");
  await writeFile(path, `${sha256Hex(created)}\n`, { mode: 0o600, flag: "wx" });
  return { sha256: sha256Hex(created), created };
}

import { BrimlineError } from "@brimline/core/error";
import { Secret } from "@brimline/core/secret";
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";

export type SecretPurpose = "endpoint" | "webhook";

/**
 * Seals the secrets of a job. The store then holds bytes that only this service can open, and only for this
 * job.
 */
export interface Sealer {
  seal(job: string, purpose: SecretPurpose, secret: Secret): Buffer;
  /**
   * It throws a BrimlineError `secret_unavailable` for bytes that were cut, changed, moved from another job
   * or purpose, or sealed with another key.
   */
  open(job: string, purpose: SecretPurpose, sealed: Buffer): Secret;
}

/**
 * Sealed bytes are the version, the id of the master key, the nonce, the authentication tag and the
 * ciphertext.
 */
const VERSION = 1;
const KEY_BYTES = 32;
const KEY_ID_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const NONCE_AT = 1 + KEY_ID_BYTES;
const TAG_AT = NONCE_AT + NONCE_BYTES;
const CIPHERTEXT_AT = TAG_AT + TAG_BYTES;

/**
 * Seals with AES-256-GCM. Each job and purpose has a key of its own (HKDF-SHA256 of the 32-byte master key).
 * Job, purpose, version and key id are authenticated, so sealed bytes cannot be moved elsewhere.
 */
export function createSealer(masterKey: Buffer): Sealer {
  if (masterKey.length !== KEY_BYTES) throw unavailable(`the master key must have ${KEY_BYTES} bytes`);
  const keyId = createHash("sha256")
    .update("brimline.key-id/1\0")
    .update(masterKey)
    .digest()
    .subarray(0, KEY_ID_BYTES);
  const header = Buffer.concat([Buffer.from([VERSION]), keyId]);
  const context = (job: string, purpose: SecretPurpose): Buffer =>
    Buffer.from(`brimline.sealed/${VERSION}\0${purpose}\0${job}`);
  const keyOf = (job: string, purpose: SecretPurpose): Buffer =>
    Buffer.from(hkdfSync("sha256", masterKey, "", context(job, purpose), KEY_BYTES));
  const authenticated = (job: string, purpose: SecretPurpose): Buffer =>
    Buffer.concat([header, context(job, purpose)]);

  return {
    seal(job, purpose, secret) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", keyOf(job, purpose), nonce).setAAD(
        authenticated(job, purpose),
      );
      const ciphertext = Buffer.concat([cipher.update(secret.reveal(), "utf8"), cipher.final()]);
      return Buffer.concat([header, nonce, cipher.getAuthTag(), ciphertext]);
    },
    open(job, purpose, sealed) {
      if (sealed.length < CIPHERTEXT_AT || sealed[0] !== VERSION)
        throw unavailable("the sealed secret is damaged; submit the job again");
      if (!sealed.subarray(1, NONCE_AT).equals(keyId)) {
        throw unavailable(
          "the secret was sealed with another master key; bring that key back or submit the job again",
        );
      }
      const decipher = createDecipheriv(
        "aes-256-gcm",
        keyOf(job, purpose),
        sealed.subarray(NONCE_AT, TAG_AT),
        { authTagLength: TAG_BYTES },
      )
        .setAAD(authenticated(job, purpose))
        .setAuthTag(sealed.subarray(TAG_AT, CIPHERTEXT_AT));
      try {
        return new Secret(
          Buffer.concat([decipher.update(sealed.subarray(CIPHERTEXT_AT)), decipher.final()]).toString("utf8"),
        );
      } catch {
        throw unavailable("the sealed secret was changed or belongs to another job; submit the job again");
      }
    },
  };
}

/**
 * The 32 bytes of `master.key` in the data folder. The first use makes the file with mode 0600. Two services
 * that start at once get the same key. It throws a BrimlineError `secret_unavailable` when the file is
 * damaged or others on the machine may read it.
 */
export async function loadMasterKey(dataDir: string): Promise<Buffer> {
  const path = join(dataDir, "master.key");
  const kept = await readMasterKey(path);
  if (kept !== null) return kept;
  await mkdir(dataDir, { recursive: true });
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    await writeNew(draft, randomBytes(KEY_BYTES));
    // A hard link appears whole or not at all, and never replaces the key of a service that was quicker.
    await link(draft, path).catch(unlessExists);
  } finally {
    await rm(draft, { force: true });
  }
  const made = await readMasterKey(path);
  if (made === null)
    throw unavailable(`${path} cannot be written; give the service a data folder that it may write to`);
  return made;
}

async function writeNew(path: string, body: Buffer): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(body);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function readMasterKey(path: string): Promise<Buffer | null> {
  const info = await stat(path).catch(nullIfMissing);
  if (info === null) return null;
  // Windows does not have these mode bits.
  if (process.platform !== "win32" && (info.mode & 0o077) !== 0)
    throw unavailable(`others may read ${path}; run: chmod 600 ${path}`);
  const key = await readFile(path);
  if (key.length !== KEY_BYTES)
    throw unavailable(
      `${path} is damaged (${key.length} bytes, not ${KEY_BYTES}); restore it. Without it the secrets that it sealed are lost: remove the file to make a new key, and submit the open jobs again`,
    );
  return key;
}

const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : null);

function unlessExists(error: unknown): void {
  if (codeOf(error) !== "EEXIST") throw error;
}

function nullIfMissing(error: unknown): null {
  if (codeOf(error) !== "ENOENT") throw error;
  return null;
}

const unavailable = (message: string): BrimlineError => new BrimlineError("secret_unavailable", message);

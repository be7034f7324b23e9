import { BrimlineError } from "@brimline/core/error";

/**
 * A value that `sst.config.ts` gives a function. It throws a BrimlineError when the value is missing, so the
 * function does not start.
 */
export function setting(name: string): string {
  const value = process.env[name] ?? "";
  if (value === "") throw new BrimlineError("internal", `${name} is not set: deploy with sst.config.ts`);
  return value;
}

const SECRET_MIN_LENGTH = 32;

/**
 * A secret that the operator chose. It throws a BrimlineError, which does not show the secret, when it is
 * missing or short enough to be guessed.
 */
export function secretSetting(name: string): string {
  const value = setting(name);
  if (value.length < SECRET_MIN_LENGTH)
    throw new BrimlineError(
      "internal",
      `${name} is shorter than ${SECRET_MIN_LENGTH} characters: set a longer one`,
    );
  return value;
}

const MASTER_KEY = /^[0-9a-f]{64}$/i;

/** The key that seals secrets. It throws a BrimlineError when it is not 32 bytes in hex. */
export function masterKeySetting(): Buffer {
  const text = setting("BRIMLINE_MASTER_KEY");
  if (!MASTER_KEY.test(text))
    throw new BrimlineError(
      "internal",
      "BRIMLINE_MASTER_KEY must be 64 hexadecimal digits, as openssl rand -hex 32 gives",
    );
  return Buffer.from(text, "hex");
}

import { redact } from "../../redact.ts";

/**
 * The header that carries an endpoint's key. In `authorization` the key is a bearer token; any other header
 * takes it as it is.
 */
export function keyHeader(key: string, name = "authorization"): Record<string, string> {
  const lower = name.toLowerCase();
  return { [lower]: lower === "authorization" ? `Bearer ${key}` : key };
}

/** What `authorization` carries after "Basic " for `user:password` (RFC 7617, in UTF-8). */
export const basicToken = (userAndPassword: string): string =>
  btoa(String.fromCharCode(...new TextEncoder().encode(userAndPassword)));

const CREDENTIAL_NAME = /(^|[-_])(api-?key|key|token|secret|password|cookie|auth|credentials?)([-_]|$)/i;

/**
 * Whether a header's name says that its value is a credential (`x-api-key`, `cookie`, `x-auth-token`).
 * Headers are stored as they are written, so none of them may be one.
 */
export const hasCredentialName = (header: string): boolean => CREDENTIAL_NAME.test(header);

/** Names such as `key`, `subscription-key`, `accessToken`, `sig` (Azure's storage) and `code` (its functions). */
const SECRET_QUERY_NAME =
  /(key|token|secret|password|passwd|pwd|signature|credentials?|cookie)$|(^|[-_.])(sig|code|pass|auth|authorization|sas|jwt|session)$/i;
/** Letters and digits in one long word. Versions and deployments are shorter. */
const OPAQUE = /^(?=.*\d)(?=.*[a-z])[\w~.+/=-]{24,}$/i;

/**
 * Whether a pair of a query (`name=value`, as it was written) looks like a secret, by its name or its value.
 * One that is taken for a secret by mistake is sent all the same, and only not shown.
 */
export function isSecretPair(pair: string): boolean {
  const [name = "", ...rest] = pair.split("=");
  const value = decoded(rest.join("="));
  if (value === "") return false;
  return SECRET_QUERY_NAME.test(decoded(name)) || OPAQUE.test(value) || redact(value, []) !== value;
}

/** The value of a pair, as its receiver reads it. */
export const pairValue = (pair: string): string => decoded(pair.slice(pair.indexOf("=") + 1));

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

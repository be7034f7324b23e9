/**
 * The header that carries an endpoint's key. In `authorization` the key is a bearer token; any other header
 * takes it as it is.
 */
export function keyHeader(key: string, name = "authorization"): Record<string, string> {
  const lower = name.toLowerCase();
  return { [lower]: lower === "authorization" ? `Bearer ${key}` : key };
}

const CREDENTIAL_NAME = /(^|[-_])(api-?key|key|token|secret|password|cookie|auth|credentials?)([-_]|$)/i;

/**
 * Whether a header's name says that its value is a credential (`x-api-key`, `cookie`, `x-auth-token`).
 * Headers are stored as they are written, so none of them may be one.
 */
export const hasCredentialName = (header: string): boolean => CREDENTIAL_NAME.test(header);

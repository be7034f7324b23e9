import { BrimlineError } from "@brimline/core/error";
import type { S3Location } from "./s3-location.ts";

const BAD_CREDENTIALS = new Set([
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "InvalidToken",
  "ExpiredToken",
  "TokenRefreshRequired",
  "XAdminUserNotFound",
]);
const WRONG_REGION = new Set([
  "PermanentRedirect",
  "AuthorizationHeaderMalformed",
  "IllegalLocationConstraintException",
]);
const FULL = new Set(["XMinioStorageFull", "QuotaExceeded"]);

/**
 * Words an S3 store's error so that it names the bucket and the fix. `permission` is what the call needs. Any
 * other error is returned as it is.
 */
export function s3Error(error: unknown, { bucket, endpoint }: S3Location, permission: string): unknown {
  if (!(error instanceof Error) || error instanceof BrimlineError) return error;
  const status =
    ("$metadata" in error && (error.$metadata as { httpStatusCode?: number }).httpStatusCode) || null;
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  const store = `s3://${bucket}`;
  const at = endpoint === null ? "" : ` at ${endpoint}`;
  const internal = (message: string): BrimlineError =>
    new BrimlineError("internal", message, { cause: error });

  if (error.name === "CredentialsProviderError")
    return internal(
      `no credentials for ${store}${at}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a profile or a role gives some`,
    );
  if (error.message === "Region is missing")
    return internal(`the region of ${store} is not known: set AWS_REGION`);
  if (BAD_CREDENTIALS.has(error.name))
    return internal(
      `${store}${at} does not take these credentials (${error.name}): check them, or let them be renewed`,
    );
  if (error.name === "RequestTimeTooSkewed")
    return internal(`${store}${at} refuses requests because this machine's clock is wrong: set it`);
  if (WRONG_REGION.has(error.name) || status === 301)
    return internal(`${store} lies in another region: set AWS_REGION to its own`);
  if (error.name === "NoSuchBucket")
    return internal(`there is no bucket ${bucket}${at}: create it, or name another one`);
  if (FULL.has(error.name) || status === 507)
    return new BrimlineError("disk_full", `${store}${at} is full: free some space`, { cause: error });
  if (status === 403)
    return internal(
      `${store}${at} answers ${code} where ${permission} is needed: allow it. Without s3:ListBucket on the bucket a missing object, too, is answered with 403 instead of 404`,
    );
  if (status === null && (error.name === "TimeoutError" || "code" in error))
    return internal(`${store}${at} cannot be reached (${code}): check the network and the endpoint's URL`);
  return error;
}

import { BrimlineError } from "@brimline/core/error";
import { plainUrl } from "@brimline/core/job/spec/url";
import { isKey } from "./key.ts";

/**
 * Where the objects of an S3 store lie. It is plain data without credentials, and may cross a process border.
 */
export interface S3Location {
  bucket: string;
  /** The text before every key. It is empty, or a path that ends in "/". */
  prefix: string;
  /**
   * Another server than AWS, reached by path style (`<endpoint>/<bucket>/<key>`). With null it is AWS, or the
   * server that AWS_ENDPOINT_URL names.
   */
  endpoint: string | null;
}

/** The names that AWS's rules allow, without their rare exceptions. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/**
 * Reads `s3://bucket` or `s3://bucket/some/prefix`. It throws a BrimlineError that says what was expected.
 */
export function s3Location(url: string, endpoint: string | null = null): S3Location {
  const [, bucket = "", path = ""] = /^s3:\/\/([^/]*)(?:\/(.*?))?\/?$/.exec(url) ?? [];
  if (!BUCKET.test(bucket) || (path !== "" && !isKey(path)))
    throw new BrimlineError(
      "internal",
      `a store is named as s3://bucket or s3://bucket/prefix, not ${JSON.stringify(url)}`,
    );
  const judged = endpoint === null ? null : plainUrl(endpoint);
  if (judged !== null && "problem" in judged)
    throw new BrimlineError("internal", `a store's endpoint ${judged.problem}`);
  return { bucket, prefix: path === "" ? "" : `${path}/`, endpoint };
}

/** The part of a store below `folder`. */
export const s3Folder = (location: S3Location, folder: string): S3Location => ({
  ...location,
  prefix: `${location.prefix}${folder}/`,
});

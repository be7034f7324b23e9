import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { contentTypeOf } from "./content-type.ts";
import { assertKey } from "./key.ts";
import { s3Error } from "./s3-fault.ts";
import type { S3Location } from "./s3-location.ts";
import type { ObjectStore, StoredObject, WriteOptions } from "./store.ts";

const LIST_MAX = 1000;
/** How long an upload URL is valid. It is asked for right before it is used. */
const UPLOAD_EXPIRES_S = 300;
/** The number of tries of one request, with full jitter between them (the SDK's standard mode). */
const TRIES = 4;
/**
 * A silent connection is given up soon: whoever waits for a control object stops its load after 8 s without
 * one, and a new try needs time too. `requestTimeout` bounds a slow upload.
 */
const TIMEOUTS = {
  connectionTimeout: 3000,
  socketTimeout: 4000,
  requestTimeout: 120_000,
  throwOnRequestTimeout: true,
};
/** The region where the environment names none. A server that is not AWS rarely cares. */
const ENDPOINT_REGION = "us-east-1";
/**
 * This header names the call that wrote an object, so that the call recognises its object if the answer was
 * lost.
 */
const WRITER = "brimline-writer";
const CONFLICT_PAUSE_MS = 100;

/** The condition under which a write may happen. */
interface Condition {
  header: { IfNoneMatch: "*" } | { IfMatch: string };
  /** Whether the condition holds for what is there now. */
  holds(now: Head | null): boolean;
}

interface Head {
  etag: string;
  writer: string | null;
}

/**
 * Objects in a bucket of S3, or of a server that speaks its protocol with conditional writes. The SDK finds
 * credentials and region: environment, profile, role. Every request is tried up to four times. A conditional
 * write whose answer was lost is recognised by its mark, so it is still true for exactly one caller.
 * It throws a BrimlineError `internal` (or `disk_full`) that says what to mend: credentials, permissions,
 * bucket, region, network.
 */
export function s3Store(location: S3Location): ObjectStore {
  const { bucket: Bucket, prefix: below, endpoint } = location;
  const config = {
    maxAttempts: TRIES,
    retryMode: "standard",
    requestHandler: TIMEOUTS,
    ...(endpoint !== null && {
      endpoint,
      forcePathStyle: true,
      region: process.env["AWS_REGION"] ?? ENDPOINT_REGION,
    }),
  };
  const client = new S3Client(config);
  const at = (key: string): { Bucket: string; Key: string } => ({ Bucket, Key: below + assertKey(key) });

  const guarded = async <T>(permission: string, act: () => Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      throw s3Error(error, location, permission);
    }
  };

  const read = (key: string, unlessEtag: string | null): Promise<StoredObject | "unchanged" | null> => {
    const command = { ...at(key), ...(unlessEtag !== null && { IfNoneMatch: unlessEtag }) };
    return guarded("s3:GetObject", async () => {
      for (let left = TRIES - 1; ; left--) {
        try {
          const { Body, ETag, ContentType } = await client.send(new GetObjectCommand(command));
          // The SDK tries again until there is an answer. If the body breaks off after that, we must ask
          // again.
          const bytes = await Body?.transformToByteArray().catch((error: unknown) =>
            left > 0 ? null : Promise.reject(error),
          );
          if (bytes === null) continue;
          const body =
            bytes === undefined
              ? Buffer.alloc(0)
              : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
          return { body, etag: ETag ?? "", contentType: ContentType ?? null };
        } catch (error) {
          if (statusOf(error) === 304) return "unchanged";
          if (isMissing(error)) return null;
          throw error;
        }
      }
    });
  };

  const head = (key: string): Promise<Head | null> =>
    guarded("s3:GetObject", async () => {
      try {
        const { ETag, Metadata } = await client.send(new HeadObjectCommand(at(key)));
        return { etag: ETag ?? "", writer: Metadata?.[WRITER] ?? null };
      } catch (error) {
        // An answer to HEAD has no body that would name the error.
        if (statusOf(error) === 404) return null;
        throw error;
      }
    });

  const inputOf = (
    key: string,
    body: Uint8Array | string,
    { contentType, cacheControl }: WriteOptions = {},
  ) => ({
    ...at(key),
    // A Buffer's length is known beforehand, so the body is not sent in transfer chunks.
    Body: typeof body === "string" ? Buffer.from(body) : body,
    ContentType: contentType ?? contentTypeOf(key) ?? "application/octet-stream",
    ...(cacheControl !== undefined && { CacheControl: cacheControl }),
  });

  /** Returns whether this call's bytes were written. */
  const writeIf = async (
    condition: Condition,
    key: string,
    body: Uint8Array | string,
    options: WriteOptions | undefined,
  ): Promise<boolean> => {
    const writer = randomBytes(12).toString("hex");
    const input = { ...inputOf(key, body, options), Metadata: { [WRITER]: writer }, ...condition.header };
    for (let turn = 1; ; turn++) {
      try {
        await client.send(new PutObjectCommand(input));
        return true;
      } catch (error) {
        const status = statusOf(error);
        const isRefused = status === 412 || isMissing(error);
        // A 409 says that another write of this key was in progress. Reading the object again shows which
        // write came first.
        if (!isRefused && status !== 409) throw error;
        // With one try there was no earlier one whose answer was lost.
        if (isRefused && turn === 1 && triesOf(error) === 1) return false;
        const now = await head(key);
        if (now?.writer === writer) return true;
        if (!condition.holds(now)) return false;
        if (turn === TRIES) throw error;
        await sleep(Math.random() * CONFLICT_PAUSE_MS * 2 ** turn);
      }
    }
  };

  return {
    async get(key) {
      const object = await read(key, null);
      return object === "unchanged" ? null : object;
    },
    getIfChanged: (key, etag) => read(key, etag),
    create: (key, body, options) => guarded("s3:PutObject", () => writeIf(ABSENT, key, body, options)),
    replace: (key, body, etag, options) =>
      guarded("s3:PutObject", () => writeIf(unchangedSince(etag), key, body, options)),
    async put(key, body, options) {
      const input = inputOf(key, body, options);
      await guarded("s3:PutObject", () => client.send(new PutObjectCommand(input)));
    },
    async remove(key) {
      const input = at(key);
      await guarded("s3:DeleteObject", async () => {
        try {
          await client.send(new DeleteObjectCommand(input));
        } catch (error) {
          if (!isMissing(error)) throw error;
        }
      });
    },
    list: (prefix, { after = "", limit = LIST_MAX } = {}) =>
      guarded("s3:ListBucket", async () => {
        const most = Math.min(limit, LIST_MAX);
        const keys: string[] = [];
        let token: string | undefined;
        // A page may be shorter than asked although more follows.
        do {
          const { Contents, IsTruncated, NextContinuationToken }: ListPage = await client.send(
            new ListObjectsV2Command({
              Bucket,
              Prefix: below + prefix,
              MaxKeys: most - keys.length,
              ...(token === undefined
                ? after !== "" && { StartAfter: below + after }
                : { ContinuationToken: token }),
            }),
          );
          for (const { Key } of Contents ?? []) if (Key !== undefined) keys.push(Key.slice(below.length));
          token = IsTruncated === true ? NextContinuationToken : undefined;
        } while (token !== undefined && keys.length < most);
        return { keys, next: token === undefined ? null : (keys.at(-1) ?? null) };
      }),
    presignGet: (key, { file, expiresS }) =>
      getSignedUrl(
        client,
        new GetObjectCommand({ ...at(key), ResponseContentDisposition: `attachment; filename="${file}"` }),
        { expiresIn: expiresS },
      ),
    presignPut: presigner(new S3Client({ ...config, requestChecksumCalculation: "WHEN_REQUIRED" }), at),
  };
}

interface ListPage {
  Contents?: { Key?: string | undefined }[] | undefined;
  IsTruncated?: boolean | undefined;
  NextContinuationToken?: string | undefined;
}

/**
 * Presigns a URL that is valid for five minutes and for one object. Length, type and condition are signed, so
 * the server refuses a longer body, another type and a second upload. It needs a client of its own, because
 * the other one would sign the checksum of an empty body.
 */
const presigner =
  (
    client: S3Client,
    at: (key: string) => { Bucket: string; Key: string },
  ): NonNullable<ObjectStore["presignPut"]> =>
  async (key, { bytes, contentType }) => {
    const input = { ...at(key), ContentLength: bytes, ContentType: contentType, IfNoneMatch: "*" };
    const headers = { "content-length": String(bytes), "content-type": contentType, "if-none-match": "*" };
    const url = await getSignedUrl(client, new PutObjectCommand(input), {
      expiresIn: UPLOAD_EXPIRES_S,
      signableHeaders: new Set(["host", ...Object.keys(headers)]),
    });
    return { url, headers };
  };

const ABSENT: Condition = { header: { IfNoneMatch: "*" }, holds: (now) => now === null };
const unchangedSince = (etag: string): Condition => ({
  header: { IfMatch: etag },
  holds: (now) => now?.etag === etag,
});

interface Answered {
  $metadata?: { httpStatusCode?: number; attempts?: number };
}

const statusOf = (error: unknown): number | null => (error as Answered).$metadata?.httpStatusCode ?? null;
const triesOf = (error: unknown): number | null => (error as Answered).$metadata?.attempts ?? null;
/**
 * Whether the error says that there is no such object. A 404 may also mean that there is no such bucket or,
 * on other servers than AWS, no such user.
 */
const isMissing = (error: unknown): boolean => error instanceof Error && error.name === "NoSuchKey";

/**
 * The object store, the only memory that there is. It has one contract, several drivers (disk, S3), and one
 * contract test for all of them. Keys are relative paths of `[A-Za-z0-9._-]` segments. Bodies are bytes.
 */
export interface ObjectStore {
  /** Returns the object, or null where there is none. */
  get(key: string): Promise<StoredObject | null>;
  /** Returns what `get` returns, or "unchanged" while the object still has this ETag. It is cheap to poll. */
  getIfChanged(key: string, etag: string): Promise<StoredObject | "unchanged" | null>;
  /**
   * Writes the object only if there is none. It is false if one existed, which is then untouched. Of racing
   * creators exactly one gets true.
   */
  create(key: string, body: Uint8Array | string, options?: WriteOptions): Promise<boolean>;
  /**
   * Writes the object and replaces one that is there. Readers see the old or the new bytes, never a mixture.
   */
  put(key: string, body: Uint8Array | string, options?: WriteOptions): Promise<void>;
  /**
   * Replaces the object only while it still has this ETag. It is false if the object has changed or is gone. Of racing
   * replacers, of other processes too, exactly one gets true.
   */
  replace(key: string, body: Uint8Array | string, etag: string, options?: WriteOptions): Promise<boolean>;
  /** Removes the object. It does nothing if there is none. */
  remove(key: string): Promise<void>;
  /**
   * Lists keys that begin with `prefix`, in byte order, after `after`. `next` continues where `limit` (at
   * most 1,000) cut the list.
   */
  list(
    prefix: string,
    options?: { after?: string; limit?: number },
  ): Promise<{ keys: string[]; next: string | null }>;
  /**
   * Makes a URL that takes one create-once PUT of these bytes without other rights. It is null where the
   * driver has none (disk).
   */
  presignPut:
    | ((
        key: string,
        upload: { bytes: number; contentType: string },
      ) => Promise<{ url: string; headers: Record<string, string> }>)
    | null;
  /**
   * Makes a URL that gives the object, as a file of this name, to whoever has it, for so many seconds. It is null
   * where the driver has none (disk).
   */
  presignGet: ((key: string, as: { file: string; expiresS: number }) => Promise<string>) | null;
}

export interface StoredObject {
  body: Buffer;
  etag: string;
  contentType: string | null;
}

export interface WriteOptions {
  contentType?: string;
  cacheControl?: string;
}

/** Every key below a prefix, or those of them after a text, page after page. */
export async function* listAll(store: ObjectStore, prefix: string, from = ""): AsyncGenerator<string> {
  let after: string | null = from;
  while (after !== null) {
    const page: { keys: string[]; next: string | null } = await store.list(
      prefix,
      after === "" ? {} : { after },
    );
    yield* page.keys;
    after = page.next;
  }
}

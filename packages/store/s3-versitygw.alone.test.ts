import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { storeContract } from "@brimline/testkit/store/contract";
import { s3Store } from "./s3.ts";
import { type S3Location, s3Folder } from "./s3-location.ts";
import { listAll, type ObjectStore } from "./store.ts";
import { type S3Server, startVersityGw, versityGw } from "@brimline/testkit/store/versitygw";

// Alone: the credentials of AWS stand in the environment of this process.

const program = await versityGw();
let server: S3Server;

describe.skipIf(program === null)(
  "on VersityGW (skipped where it is not there and Go cannot build it)",
  () => {
    beforeAll(async () => {
      server = await startVersityGw(program ?? "");
      for (const [name, value] of Object.entries(server.credentials)) vi.stubEnv(name, value);
    });
    afterAll(() => server.stop());

    const newLocation = async (): Promise<S3Location> => ({
      bucket: await server.newBucket(),
      prefix: "",
      endpoint: server.endpoint,
    });
    const newStore = async (): Promise<ObjectStore> => s3Store(await newLocation());

    storeContract("the S3 driver", async () => {
      const location = await newLocation();
      return { store: s3Store(location), again: () => s3Store(location) };
    });

    storeContract("the S3 driver below a prefix", async () => {
      const location = s3Folder(await newLocation(), "team/objects");
      return { store: s3Store(location), again: () => s3Store(location) };
    });

    test("1,050 keys are listed whole and in order, in two pages", { timeout: 60_000 }, async () => {
      const store = await newStore();
      const written = Array.from({ length: 1050 }, (_, index) => `l/${String(index).padStart(5, "0")}`);
      for (let from = 0; from < written.length; from += 50)
        await Promise.all(written.slice(from, from + 50).map((key) => store.put(key, "")));
      const first = await store.list("l/");
      expect([first.keys.length, first.next]).toEqual([1000, written[999]]);
      expect(await Array.fromAsync(listAll(store, "l/"))).toEqual(written);
    });

    test("stores of two prefixes in one bucket do not see one another", async () => {
      const location = await newLocation();
      const [one, other] = [s3Store(s3Folder(location, "a")), s3Store(s3Folder(location, "ab"))];
      await one.put("k", "one");
      expect(await other.get("k")).toBeNull();
      expect((await other.list("")).keys).toEqual([]);
      expect((await one.list("")).keys).toEqual(["k"]);
    });

    test("an object has the type that its writer gives, or that of its key's ending", async () => {
      const store = await newStore();
      await store.put("page", "x", { contentType: "text/html; charset=utf-8" });
      await store.create("levels.csv", "x");
      expect((await store.get("page"))?.contentType).toBe("text/html; charset=utf-8");
      expect((await store.get("levels.csv"))?.contentType).toBe("text/csv; charset=utf-8");
    });

    test("a presigned download gives one object, as a file, for the time that it says", async () => {
      const store = await newStore();
      await store.put("raw/a.parquet", "PAR1");
      await store.put("raw/b.parquet", "other");
      const url = (await store.presignGet?.("raw/a.parquet", { file: "l01.parquet", expiresS: 60 })) ?? "";
      const answer = await fetch(url);
      expect([answer.status, await answer.text(), answer.headers.get("content-disposition")]).toEqual([
        200,
        "PAR1",
        'attachment; filename="l01.parquet"',
      ]);
      expect(new URL(url).searchParams.get("X-Amz-Expires")).toBe("60");
      expect((await fetch(url.replace("a.parquet", "b.parquet"))).status).toBe(403);
    });

    describe("a presigned upload", () => {
      const BODY = Buffer.from("0123456789");
      const signed = async (store: ObjectStore) =>
        (await store.presignPut?.("t/seg.ndjson.gz", {
          bytes: BODY.length,
          contentType: "application/gzip",
        })) ?? { url: "", headers: {} };

      test("takes the object once: a replay is 412 and the first bytes stay", async () => {
        const store = await newStore();
        const to = await signed(store);
        expect(await put(to.url, to.headers, BODY)).toBe(200);
        expect(await put(to.url, to.headers, Buffer.from("9876543210"))).toBe(412);
        expect((await store.get("t/seg.ndjson.gz"))?.body).toEqual(BODY);
        expect((await store.get("t/seg.ndjson.gz"))?.contentType).toBe("application/gzip");
      });

      test("names its length, its type and the condition among the signed headers, and ends after five minutes", async () => {
        const { url, headers } = await signed(await newStore());
        const query = new URL(url).searchParams;
        expect(query.get("X-Amz-SignedHeaders")).toBe("content-length;content-type;host;if-none-match");
        expect(query.get("X-Amz-Expires")).toBe("300");
        expect(query.has("x-amz-checksum-crc32")).toBe(false);
        expect(headers).toEqual({
          "content-length": "10",
          "content-type": "application/gzip",
          "if-none-match": "*",
        });
      });

      test("after its five minutes is refused and stores nothing", async () => {
        const store = await newStore();
        vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 301_000 });
        const to = await signed(store).finally(() => vi.useRealTimers());
        expect(await put(to.url, to.headers, BODY)).toBe(403);
        expect((await store.list("")).keys).toEqual([]);
      });

      test.each<[string, Record<string, string | null>, string, (url: string) => string]>([
        ["a longer body", { "content-length": "11" }, "0123456789a", (url) => url],
        ["a shorter body", { "content-length": "9" }, "012345678", (url) => url],
        ["another type", { "content-type": "text/html" }, "0123456789", (url) => url],
        ["without the condition", { "if-none-match": null }, "0123456789", (url) => url],
        ["to another key", {}, "0123456789", (url) => url.replace("seg.ndjson.gz", "other.ndjson.gz")],
      ])("%s is refused and stores nothing", async (_, change, body, toOther) => {
        const store = await newStore();
        const to = await signed(store);
        const headers = Object.fromEntries(
          Object.entries({ ...to.headers, ...change }).filter(([, value]) => value !== null),
        ) as Record<string, string>;
        expect(await put(toOther(to.url), headers, Buffer.from(body))).toBe(403);
        expect((await store.list("")).keys).toEqual([]);
      });
    });

    describe("when the answer to a write is lost", () => {
      test("create is still true for its one writer, and false for the next", async () => {
        const location = await newLocation();
        const store = s3Store({ ...location, endpoint: await losingAnswers("PUT", 1) });
        expect(await store.create("k", "mine")).toBe(true);
        expect(await store.create("k", "mine")).toBe(false);
        expect((await store.get("k"))?.body.toString()).toBe("mine");
      });

      test("create is false where another's object was there before", async () => {
        const location = await newLocation();
        await s3Store(location).create("k", "theirs");
        const store = s3Store({ ...location, endpoint: await losingAnswers("PUT", 1) });
        expect(await store.create("k", "mine")).toBe(false);
        expect((await store.get("k"))?.body.toString()).toBe("theirs");
      });

      test("replace is still true for its one writer, and false with the old ETag", async () => {
        const location = await newLocation();
        const direct = s3Store(location);
        await direct.put("k", "run");
        const etag = (await direct.get("k"))?.etag ?? "";
        const store = s3Store({ ...location, endpoint: await losingAnswers("PUT", 1) });
        expect(await store.replace("k", "cancel", etag)).toBe(true);
        expect(await store.replace("k", "run again", etag)).toBe(false);
      });

      test("a removed object stays removed, and a read is made again", async () => {
        const location = await newLocation();
        await s3Store(location).put("k", "x");
        expect(
          (await s3Store({ ...location, endpoint: await losingAnswers("GET", 2) }).get("k"))?.body.toString(),
        ).toBe("x");
        await s3Store({ ...location, endpoint: await losingAnswers("DELETE", 1) }).remove("k");
        expect(await s3Store(location).get("k")).toBeNull();
      });
    });

    test.each<[string, Partial<S3Location>, NodeJS.ProcessEnv, RegExp]>([
      [
        "a bucket that is not there",
        { bucket: "never-made" },
        {},
        /there is no bucket never-made at http:.+: create it/,
      ],
      [
        "a wrong secret",
        {},
        { AWS_SECRET_ACCESS_KEY: "wrong" },
        /does not take these credentials \(SignatureDoesNotMatch\)/,
      ],
      [
        "an unknown key",
        {},
        { AWS_ACCESS_KEY_ID: "nobody" },
        /does not take these credentials \(XAdminUserNotFound\)/,
      ],
    ])("%s is told with what to mend", async (_, change, env, message) => {
      const location = await newLocation();
      for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
      onTestFinished(() => {
        for (const [name, value] of Object.entries(server.credentials)) vi.stubEnv(name, value);
      });
      const store = s3Store({ ...location, ...change });
      await expect(store.get("k")).rejects.toThrow(message);
      await expect(store.create("k", "x")).rejects.toThrow(message);
      await expect(store.list("")).rejects.toThrow(message);
    });
  },
);

/** A PUT as an agent makes it, with exactly these headers. */
async function put(url: string, headers: Record<string, string>, body: Buffer): Promise<number> {
  const sent = httpRequest(url, { method: "PUT", headers });
  sent.end(body);
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  answer.resume();
  return answer.statusCode ?? 0;
}

/**
 * The same server behind a wire that lets every request through, but cuts the first `count` answers to this
 * method.
 */
async function losingAnswers(method: string, count: number): Promise<string> {
  let left = count;
  const wire = createServer((incoming, outgoing) => {
    const forwarded = httpRequest(
      `${server.endpoint}${incoming.url ?? ""}`,
      { method: incoming.method ?? "", headers: incoming.headers },
      (answer) => {
        if (incoming.method === method && left-- > 0) {
          answer.resume();
          outgoing.destroy();
          return;
        }
        outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(outgoing);
      },
    );
    incoming.pipe(forwarded);
  }).listen(0, "127.0.0.1");
  await once(wire, "listening");
  onTestFinished(() => void wire.close());
  return `http://127.0.0.1:${(wire.address() as AddressInfo).port}`;
}

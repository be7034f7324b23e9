import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { s3Store } from "./s3.ts";
import { s3Folder, s3Location } from "./s3-location.ts";
import type { ObjectStore } from "./store.ts";

// Alone: the credentials of AWS stand in the environment of this process.

/**
 * These are answers that S3 may give, and a small server never does. `s3-versitygw.alone.test.ts` tests the
 * driver against a real one.
 */

beforeAll(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIATEST");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret-4711");
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
});

type Asked = { method: string; url: string; headers: IncomingMessage["headers"] };
type Answer = (response: ServerResponse, asked: Asked[]) => unknown;

const refuse =
  (status: number, code: string): Answer =>
  (response) =>
    response
      .writeHead(status, { "content-type": "application/xml" })
      .end(`<Error><Code>${code}</Code><Message>m</Message></Error>`);
const answer =
  (headers: Record<string, string>, body = ""): Answer =>
  (response) =>
    response.writeHead(200, headers).end(response.req.method === "HEAD" ? undefined : body);
const listed = (keys: string[], next: string | null): Answer => {
  const contents = keys.map((key) => `<Contents><Key>${key}</Key></Contents>`).join("");
  const more =
    next === null
      ? "<IsTruncated>false</IsTruncated>"
      : `<IsTruncated>true</IsTruncated><NextContinuationToken>${next}</NextContinuationToken>`;
  return answer(
    { "content-type": "application/xml" },
    `<ListBucketResult>${contents}${more}</ListBucketResult>`,
  );
};

/**
 * A store whose server gives these answers, one for each request. The last one stays. `asked` lists the
 * requests.
 */
async function answering(...answers: Answer[]): Promise<{ store: ObjectStore; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    asked.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers });
    request.resume().on("end", () => (answers.length > 1 ? answers.shift() : answers[0])?.(response, asked));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => server.close().closeAllConnections());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { store: s3Store({ bucket: "bucket", prefix: "", endpoint }), asked };
}
const methods = (asked: Asked[]): string => asked.map(({ method }) => method).join(" ");

describe("409 on a conditional write", () => {
  const conflict = refuse(409, "ConditionalRequestConflict");
  const nothing = refuse(404, "NoSuchKey");

  test("with no object there: create is made again", async () => {
    const { store, asked } = await answering(conflict, nothing, answer({}));
    expect(await store.create("k", "x")).toBe(true);
    expect(methods(asked)).toBe("PUT HEAD PUT");
  });

  test("with another's object there: create is false", async () => {
    const { store, asked } = await answering(
      conflict,
      answer({ etag: '"other"', "x-amz-meta-brimline-writer": "other" }),
    );
    expect(await store.create("k", "x")).toBe(false);
    expect(methods(asked)).toBe("PUT HEAD");
  });

  test("with our own object there: create is true", async () => {
    const ours: Answer = (response, asked) =>
      answer({
        etag: '"e"',
        "x-amz-meta-brimline-writer": String(asked[0]?.headers["x-amz-meta-brimline-writer"]),
      })(response, asked);
    const { store } = await answering(conflict, ours);
    expect(await store.create("k", "x")).toBe(true);
  });

  test("with the ETag unchanged replace is made again, with another one it is false", async () => {
    const same = await answering(conflict, answer({ etag: '"e"' }), answer({}));
    expect(await same.store.replace("k", "x", '"e"')).toBe(true);
    expect(methods(same.asked)).toBe("PUT HEAD PUT");
    const other = await answering(conflict, answer({ etag: '"f"' }));
    expect(await other.store.replace("k", "x", '"e"')).toBe(false);
  });

  test("again and again: it is an error after four tries, never a false", async () => {
    const { store, asked } = await answering(
      conflict,
      nothing,
      conflict,
      nothing,
      conflict,
      nothing,
      conflict,
      nothing,
    );
    await expect(store.create("k", "x")).rejects.toThrow();
    expect(methods(asked)).toBe("PUT HEAD PUT HEAD PUT HEAD PUT HEAD");
  });
});

describe("a fault that passes is tried again", () => {
  test("503 twice, then an answer", async () => {
    const { store, asked } = await answering(
      refuse(503, "SlowDown"),
      refuse(503, "SlowDown"),
      answer({ etag: '"e"' }, "x"),
    );
    expect((await store.get("k"))?.body.toString()).toBe("x");
    expect(asked).toHaveLength(3);
  });

  test("503 again and again is an error after four tries", async () => {
    const { store, asked } = await answering(refuse(503, "ServiceUnavailable"));
    await expect(store.put("k", "x")).rejects.toThrow();
    expect(asked).toHaveLength(4);
  });

  test("a body that breaks off is asked for again, and never half of it is given", async () => {
    const half: Answer = (response) =>
      response
        .writeHead(200, { etag: '"e"', "content-length": "10" })
        .write("01234", () => response.destroy());
    const { store, asked } = await answering(half, half, answer({ etag: '"e"' }, "0123456789"));
    expect((await store.get("k"))?.body.toString()).toBe("0123456789");
    expect(asked).toHaveLength(3);
    const always = await answering(half);
    await expect(always.store.get("k")).rejects.toThrow();
    expect(always.asked).toHaveLength(4);
  });

  test(
    "a server that falls silent is given up after 4 s and asked again, be it before the answer or within it",
    { timeout: 20_000 },
    async () => {
      const silent: Answer = () => {};
      const stuck: Answer = (response) =>
        response.writeHead(200, { etag: '"e"', "content-length": "10" }).write("01234");
      const startedMs = performance.now();
      const bodies = await Promise.all(
        [silent, stuck].map(async (first) =>
          (await answering(first, answer({ etag: '"e"' }, "x"))).store.get("k"),
        ),
      );
      expect(bodies.map((object) => object?.body.toString())).toEqual(["x", "x"]);
      expect(performance.now() - startedMs).toBeGreaterThan(3500);
    },
  );
});

describe("a fault that does not pass says what to mend", () => {
  test("403 never reads as a missing object: it names the permission, and s3:ListBucket", async () => {
    const { store } = await answering(refuse(403, "AccessDenied"));
    const calls: [() => Promise<unknown>, string][] = [
      [() => store.get("k"), "s3:GetObject"],
      [() => store.getIfChanged("k", '"e"'), "s3:GetObject"],
      [() => store.create("k", "x"), "s3:PutObject"],
      [() => store.replace("k", "x", '"e"'), "s3:PutObject"],
      [() => store.put("k", "x"), "s3:PutObject"],
      [() => store.remove("k"), "s3:DeleteObject"],
      [() => store.list(""), "s3:ListBucket"],
    ];
    for (const [call, permission] of calls) {
      const told = expect.stringMatching(
        new RegExp(`AccessDenied where ${permission} is needed.+Without s3:ListBucket .+ 403 instead of 404`),
      );
      await expect(call()).rejects.toMatchObject({ name: "BrimlineError", code: "internal", message: told });
    }
  });

  test.each<[string, Answer, string, RegExp]>([
    [
      "a bucket that is not there",
      refuse(404, "NoSuchBucket"),
      "internal",
      /there is no bucket bucket at http.+: create it/,
    ],
    [
      "another region",
      refuse(301, "PermanentRedirect"),
      "internal",
      /lies in another region: set AWS_REGION/,
    ],
    [
      "an expired token",
      refuse(400, "ExpiredToken"),
      "internal",
      /does not take these credentials \(ExpiredToken\)/,
    ],
    [
      "a clock that is wrong",
      refuse(403, "RequestTimeTooSkewed"),
      "internal",
      /this machine's clock is wrong/,
    ],
    ["a full server", refuse(507, "InsufficientStorage"), "disk_full", /is full: free some space/],
  ])("%s", async (_, refusal, code, message) => {
    const { store } = await answering(refusal);
    for (const call of [() => store.get("k"), () => store.create("k", "x"), () => store.list("")]) {
      const error = await call().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
      expect(String((error as Error).stack)).not.toMatch(/AKIATEST|secret-4711/);
    }
  });

  test("a server that cannot be reached", async () => {
    const store = s3Store({ bucket: "bucket", prefix: "", endpoint: "http://127.0.0.1:9" });
    await expect(store.get("k")).rejects.toThrow(
      "s3://bucket at http://127.0.0.1:9 cannot be reached (ECONNREFUSED)",
    );
  });

  test("credentials that cannot be found", async () => {
    const { store, asked } = await answering(answer({}));
    const nowhere = {
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      AWS_CONFIG_FILE: "/dev/null",
    };
    for (const [name, value] of Object.entries(nowhere)) vi.stubEnv(name, value);
    onTestFinished(() => {
      vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIATEST");
      vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret-4711");
    });
    await expect(store.get("k")).rejects.toThrow("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    expect(asked).toEqual([]);
  });
});

describe("a list", () => {
  test("goes on with the continuation token where the server gives less than asked", async () => {
    const { store, asked } = await answering(
      listed(["p/1", "p/2"], "t1"),
      listed([], "t2"),
      listed(["p/3"], "t3"),
    );
    expect(await store.list("p/", { after: "p/0", limit: 3 })).toEqual({
      keys: ["p/1", "p/2", "p/3"],
      next: "p/3",
    });
    expect(
      asked
        .map(({ url }) => new URL(url, "http://x").searchParams)
        .map((query) => [query.get("max-keys"), query.get("start-after"), query.get("continuation-token")]),
    ).toEqual([
      ["3", "p/0", null],
      ["1", null, "t1"],
      ["1", null, "t2"],
    ]);
  });

  test("asks for 1,000 keys at most", async () => {
    const { store, asked } = await answering(listed([], null));
    expect(await store.list("", { limit: 5000 })).toEqual({ keys: [], next: null });
    expect(asked[0]?.url).toContain("max-keys=1000");
  });
});

describe("a store's name", () => {
  test.each<[string, string | null, object]>([
    ["s3://bucket", null, { bucket: "bucket", prefix: "", endpoint: null }],
    ["s3://my.bucket-1/", null, { bucket: "my.bucket-1", prefix: "", endpoint: null }],
    [
      "s3://bucket/team/a/",
      "http://127.0.0.1:7070",
      { bucket: "bucket", prefix: "team/a/", endpoint: "http://127.0.0.1:7070" },
    ],
  ])("%s at %s", (url, endpoint, location) => expect(s3Location(url, endpoint)).toEqual(location));

  test("a folder of it lies below its prefix", () =>
    expect(s3Folder(s3Location("s3://bucket/team"), "site").prefix).toBe("team/site/"));

  test.each([
    "bucket",
    "s3:/bucket",
    "s3://",
    "s3://B",
    "s3://a",
    "s3://bucket//x",
    "s3://bucket/../x",
    "s3://bucket/a b",
    "https://bucket",
  ])("%j is none", (url) => expect(() => s3Location(url)).toThrow(/a store is named as s3:\/\/bucket/));

  test.each(["127.0.0.1:7070", "ftp://x", ""])("%j is no endpoint", (endpoint) =>
    expect(() => s3Location("s3://bucket", endpoint)).toThrow(/endpoint must be a full URL/),
  );
});

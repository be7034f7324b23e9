import { describe, expect, test } from "vitest";
import { listAll } from "@brimline/store/store";
import type { ObjectStore } from "@brimline/store/store";

/**
 * What every driver of the object store must do. `makeStore` gives an empty store for each fact, and `again` opens
 * the same objects once more, as another process would.
 */
export function storeContract(
  name: string,
  makeStore: () => Promise<{ store: ObjectStore; again: () => ObjectStore }>,
): void {
  describe(`${name} keeps the contract of the object store`, () => {
    test("there is no object before one is written", async () => {
      const { store } = await makeStore();
      expect(await store.get("jobs/a/spec.json")).toBeNull();
      expect(await store.getIfChanged("jobs/a/spec.json", '"x"')).toBeNull();
      expect(await store.list("")).toEqual({ keys: [], next: null });
    });

    test("bytes and text come back as they were written, from another opening of the store too", async () => {
      const { store, again } = await makeStore();
      const bytes = Buffer.from([0, 255, 10, 13, 128]);
      await store.put("a/bytes", bytes);
      await store.put("a/text.json", '{"é":1}', { contentType: "application/json" });
      await store.put("a/empty", "");
      expect((await store.get("a/bytes"))?.body).toEqual(bytes);
      expect((await again().get("a/text.json"))?.body.toString("utf8")).toBe('{"é":1}');
      expect((await store.get("a/text.json"))?.contentType).toBe("application/json");
      expect((await store.get("a/empty"))?.body.length).toBe(0);
    });

    test("create writes once: the second time it is false and the first bytes stay", async () => {
      const { store, again } = await makeStore();
      expect(await store.create("k", "first")).toBe(true);
      expect(await store.create("k", "second")).toBe(false);
      expect(await again().create("k", "third")).toBe(false);
      expect((await store.get("k"))?.body.toString()).toBe("first");
    });

    test("of 32 racing creators exactly one wins, and its bytes are there", async () => {
      const { store, again } = await makeStore();
      const other = again();
      const won = await Promise.all(
        Array.from({ length: 32 }, (_, racer) =>
          (racer % 2 === 0 ? store : other).create("race/key", `racer ${racer}`),
        ),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
      expect((await store.get("race/key"))?.body.toString()).toBe(`racer ${won.indexOf(true)}`);
    });

    test("a reader sees the old or the new bytes whole, never half of them", async () => {
      const { store, again } = await makeStore();
      const reader = again();
      const bodies = ["a", "b"].map((letter) => letter.repeat(300_000));
      await store.put("k", bodies[0] ?? "");
      const writing = new AbortController();
      const writer = (async () => {
        for (let turn = 0; turn < 20; turn++) await store.put("k", bodies[turn % 2] ?? "");
        writing.abort();
      })();
      while (!writing.signal.aborted) expect(bodies).toContain((await reader.get("k"))?.body.toString());
      await writer;
    });

    test("the ETag follows the content", async () => {
      const { store, again } = await makeStore();
      await store.put("k", "one");
      const first = await store.get("k");
      expect((await again().get("k"))?.etag).toBe(first?.etag);
      await store.put("k", "two");
      expect((await store.get("k"))?.etag).not.toBe(first?.etag);
    });

    test("getIfChanged is unchanged until somebody writes, then gives the new object", async () => {
      const { store } = await makeStore();
      await store.put("k", "run");
      const etag = (await store.get("k"))?.etag ?? "";
      expect(await store.getIfChanged("k", etag)).toBe("unchanged");
      await store.put("k", "cancel");
      const changed = await store.getIfChanged("k", etag);
      expect(changed !== "unchanged" && changed?.body.toString()).toBe("cancel");
    });

    test("replace with a stale ETag is false and changes nothing", async () => {
      const { store } = await makeStore();
      await store.put("k", "one");
      const etag = (await store.get("k"))?.etag ?? "";
      expect(await store.replace("k", "two", etag)).toBe(true);
      expect(await store.replace("k", "three", etag)).toBe(false);
      expect((await store.get("k"))?.body.toString()).toBe("two");
      expect(await store.replace("none", "x", etag)).toBe(false);
      expect(await store.get("none")).toBeNull();
    });

    test("of 8 racing replacers of one ETag, from two openings, exactly one wins", async () => {
      const { store, again } = await makeStore();
      const other = again();
      await store.put("k", "start");
      const etag = (await store.get("k"))?.etag ?? "";
      const won = await Promise.all(
        Array.from({ length: 8 }, (_, racer) =>
          (racer % 2 === 0 ? store : other).replace("k", `racer ${racer}`, etag),
        ),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
      expect((await store.get("k"))?.body.toString()).toBe(`racer ${won.indexOf(true)}`);
    });

    test("a removed object is gone, removing it again is fine, and it may be created anew", async () => {
      const { store } = await makeStore();
      await store.put("a/k", "x");
      await store.remove("a/k");
      await store.remove("a/k");
      await store.remove("never/was");
      expect(await store.get("a/k")).toBeNull();
      expect(await store.create("a/k", "y")).toBe(true);
    });

    test("keys are listed in byte order of the whole key, by prefix", async () => {
      const { store } = await makeStore();
      // "-" and "." sort before "/", and digits, capitals and "_" after it. A walk folder by folder would get
      // this wrong.
      const written = ["a/b", "a-b/c", "a.b/c", "a0", "A/z", "a_b", "a/b0/c", "a/b-c", "open/x", "opener/y"];
      for (const key of written) await store.put(`t/${key}`, "x");
      expect((await store.list("t/")).keys).toEqual(written.map((key) => `t/${key}`).sort());
      expect((await store.list("t/a/b")).keys).toEqual(["t/a/b", "t/a/b-c", "t/a/b0/c"]);
      expect((await store.list("t/open/")).keys).toEqual(["t/open/x"]);
      expect((await store.list("none/")).keys).toEqual([]);
    });

    test("a long list comes in pages, each continuing after the last key", async () => {
      const { store } = await makeStore();
      const written = Array.from(
        { length: 25 },
        (_, index) => `p/${String(index % 5)}/${String(index).padStart(3, "0")}`,
      ).sort();
      await Promise.all(written.map((key) => store.put(key, "x")));
      const first = await store.list("p/", { limit: 10 });
      expect(first).toEqual({ keys: written.slice(0, 10), next: written[9] });
      expect(await store.list("p/", { limit: 10, after: written[19] ?? "" })).toEqual({
        keys: written.slice(20),
        next: null,
      });
      expect(await store.list("p/", { limit: 25 })).toEqual({ keys: written, next: null });
      expect(await store.list("p/", { after: "p/2/zzz" })).toEqual({
        keys: written.filter((key) => key > "p/2/zzz"),
        next: null,
      });
      expect(await Array.fromAsync(listAll(store, "p/"))).toEqual(written);
      expect(await Array.fromAsync(listAll(store, "p/", "p/2"))).toEqual(
        written.filter((key) => key > "p/2"),
      );
    });

    test.each(["", "/a", "a/", "a//b", "..", "a/../b", "./a", "a/.", "a b", "a\\b", "a\u0000b", "é", "a?b"])(
      "%j is no key",
      async (key) => {
        const { store } = await makeStore();
        await expect(async () => store.put(key, "x")).rejects.toThrow(/not an object key/);
        await expect(async () => store.get(key)).rejects.toThrow(/not an object key/);
      },
    );
  });
}

import { once } from "node:events";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tlsCertificate } from "./tls-certificate.ts";
import { compiled } from "./compile.ts";
import { idOf } from "./hash.ts";
import { argumentsOf, readStream, type Stream, STREAM, argumentValues } from "./parameters.ts";
import { logOf, startTruth, type TruthServer } from "./start.ts";

const QUICK: Stream = { ...STREAM, n: 20, ttftUs: 10_000, gapUs: 5000 };
const program = await compiled("server");

interface Chunk {
  choices: { delta: { role?: string; content?: string }; finish_reason: string | null }[];
  usage?: { completion_tokens: number };
  got?: string;
  written?: string;
}

/** The C server, and the one that replaces it where there is no compiler. */
describe.each(["c", "node"] as const)("the truth server in %s", (kind) => {
  describe.skipIf(kind === "c" && program === null)("where it can be built", () => {
    let server: TruthServer;
    beforeAll(async () => {
      server = await startTruth(QUICK, { core: null, realtime: false, kind });
    });
    afterAll(() => server.stop());

    async function ask(stream: Stream, id: number) {
      const query = [...argumentsOf(stream), `id=${id}`].join("&");
      const response = await fetch(`http://127.0.0.1:${server.port}/v1/chat/completions?${query}`, {
        method: "POST",
        body: '{"stream":true}',
      });
      const events = (await response.text()).split("\n\n").filter((event) => event !== "");
      const chunks = events.slice(0, -1).map((event) => JSON.parse(event.replace(/^data: /, "")) as Chunk);
      return {
        type: response.headers.get("content-type"),
        last: events.at(-1),
        chunks,
        words: chunks.flatMap(({ choices }) => choices[0]?.delta.content || []),
      };
    }
    const nsIn = (word: string): number => Number(/\d{20}$/.exec(word)?.[0]);

    test("a stream begins with a role, has n chunks with content, then a finish reason, usage and [DONE]", async () => {
      const { type, last, chunks, words } = await ask(QUICK, 1);
      expect(type).toBe("text/event-stream; charset=utf-8");
      expect(chunks[0]?.choices[0]?.delta).toEqual({ role: "assistant", content: "" });
      expect(words).toHaveLength(20);
      expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe("length");
      expect(chunks.at(-1)?.usage?.completion_tokens).toBe(20);
      expect(last).toBe("data: [DONE]");
    });

    test("chunks carry the times at which they were written, which increase and are the log's", async () => {
      const { chunks, words } = await ask(QUICK, 2);
      const written = words.map(nsIn);
      expect(written).toEqual(written.toSorted((a, b) => a - b));
      expect(new Set(written).size).toBe(20);
      const entry = (await logOf(server.port)).find(({ id }) => id === 2);
      expect(Array.from(entry?.writtenMs ?? [], (ms) => Math.round(ms * 1e6))).toEqual(written);
      expect(Math.round((entry?.gotMs ?? 0) * 1e6)).toBe(Number(chunks[0]?.got));
    });

    test("a stream that was given no id has that of its request's body", async () => {
      const body = '{"stream":true,"salt":"5c1f0e6a"}';
      await (
        await fetch(`http://127.0.0.1:${server.port}/v1/chat/completions?n=1`, { method: "POST", body })
      ).text();
      expect((await logOf(server.port)).map(({ id }) => id)).toContain(idOf(Buffer.from(body)));
    });

    test("no chunk comes before its time, and no gap is lost", async () => {
      const { chunks, words } = await ask(QUICK, 3);
      const sinceMs = words.map((word) => (nsIn(word) - Number(chunks[0]?.got)) / 1e6);
      for (const [chunk, ms] of sinceMs.entries()) expect(ms).toBeGreaterThanOrEqual(10 + 5 * chunk - 0.001);
    });

    test("on the grid, whenever a stream began, its chunks are written right after a tick", async () => {
      const gapUs = 100_000;
      const stream = { ...QUICK, sync: true, gapUs, n: 3 };
      const first = ask(stream, 4);
      await sleep(50);
      await Promise.all([first, ask(stream, 5)]);
      const log = (await logOf(server.port)).filter(({ id }) => id === 4 || id === 5);
      expect(log).toHaveLength(2);
      for (const { writtenMs } of log)
        expect(Math.min(...writtenMs.map((ms) => ms % (gapUs / 1000)))).toBeLessThan(20);
    });

    test("the time stands in the content, in a field of its own or nowhere", async () => {
      const streams = await Promise.all(
        (["content", "field", "none"] as const).map((stamp, index) =>
          ask({ ...QUICK, n: 2, stamp }, 6 + index),
        ),
      );
      expect(streams.map(({ words }) => /\d{20}/.test(words[0] ?? ""))).toEqual([true, false, false]);
      expect(streams.map(({ chunks }) => chunks[1]?.written?.length)).toEqual([undefined, 20, undefined]);
    });

    test("a flood of a number that its batches do not divide has exactly so many chunks, and is counted", async () => {
      const before = (await server.stats()).events;
      expect((await ask({ ...QUICK, n: 1001, flood: true }, 9)).words).toHaveLength(1001);
      expect((await server.stats()).events - before).toBe(1001);
    });

    test("it tells when it last heard from a client and how many there are, and its sum of what they sent has no order", async () => {
      const sums: string[] = [];
      for (const bodies of [
        ["a", "b"],
        ["b", "a"],
        ["a", "a"],
      ]) {
        const own = await startTruth({ ...QUICK, n: 1 }, { core: null, realtime: false, kind });
        const url = `http://127.0.0.1:${own.port}/v1/chat/completions`;
        const beforeNs = Number(process.hrtime.bigint());
        expect(await own.stats()).toMatchObject({ heardNs: 0, open: 0, bodies: "0000000000000000" });
        for (const body of bodies) await (await fetch(url, { method: "POST", body })).text();
        const { heardNs, open, bodies: sum } = await own.stats();
        expect(heardNs).toBeGreaterThan(beforeNs);
        expect(heardNs).toBeLessThan(Number(process.hrtime.bigint()));
        expect(open).toBeGreaterThan(0);
        sums.push(sum);
        await own.stop();
      }
      expect(sums[0]).toBe(sums[1]);
      expect(sums[0]).not.toBe(sums[2]);
    });

    test("after /fail it cuts its streams and answers 500", async () => {
      const own = await startTruth({ ...QUICK, n: 1000 }, { core: null, realtime: false, kind });
      const url = `http://127.0.0.1:${own.port}/v1/chat/completions`;
      const running = await fetch(url, { method: "POST", body: "a" });
      const beforeNs = Number(process.hrtime.bigint());
      await own.fail();
      await expect(running.text()).rejects.toThrow();
      const refused = await fetch(url, { method: "POST", body: "a" });
      expect(refused.status).toBe(500);
      await refused.text();
      expect((await own.stats()).closedNs).toBeGreaterThan(beforeNs);
      await own.stop();
    });

    test("it lists its model, for clients that look before they begin", async () => {
      const models = (await (await fetch(`http://127.0.0.1:${server.port}/v1/models`)).json()) as {
        data: { id: string }[];
      };
      expect(models.data.map(({ id }) => id)).toEqual(["truth"]);
      expect((await fetch(`http://127.0.0.1:${server.port}/nothing`)).status).toBe(404);
    });
  });
});

test.skipIf((await compiled("server-tls")) === null || (await tlsCertificate()) === null)(
  "over TLS the stream is the same, on the same port",
  async () => {
    const files = await tlsCertificate();
    if (files === null) throw new Error("no certificate");
    const own = await startTruth(
      { ...QUICK, n: 3, stamp: "none" },
      { core: null, realtime: false, tls: files },
    );
    const ask = async (scheme: "http" | "https"): Promise<string> => {
      const request = (scheme === "http" ? http : https).request(
        `${scheme}://127.0.0.1:${own.port}/v1/chat/completions`,
        {
          method: "POST",
          ca: readFileSync(files.ca),
        },
      );
      const [response] = (await once(request.end("{}"), "response")) as [http.IncomingMessage];
      return (await response.toArray()).join("").replace(/"got":"\d+"/, "");
    };
    expect(await ask("https")).toBe(await ask("http"));
    await own.stop();
  },
);

test("parameters survive the way to a process and back", () => {
  const stream: Stream = { n: 7, ttftUs: 1, gapUs: 2, jitterUs: 3, sync: true, flood: true, stamp: "none" };
  expect(readStream(argumentValues(argumentsOf(stream)))).toEqual(stream);
  expect(readStream(new Map())).toEqual(STREAM);
});

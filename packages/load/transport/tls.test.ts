import { chat } from "@brimline/core/dialect/chat";
import type { RequestRecord } from "@brimline/core/record/record";
import { once } from "node:events";
import { createServer as createPlain, type RequestListener, type Server } from "node:http";
import { createServer as createSecure } from "node:https";
import type { AddressInfo } from "node:net";
import { createServer as createTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGuard } from "../guard/guard.ts";
import { REQUEST_LIMITS } from "../request/request.ts";
import { hasOpenssl, ownAuthority, selfSigned } from "@brimline/testkit/load/authority";
import { CUT, DONE, play, type AnswerPart, STOP, word } from "@brimline/testkit/load/scripted";
import { WIRES } from "@brimline/testkit/load/wires";
import { createClosing } from "./closing.ts";
import { createReaders } from "./learning.ts";
import { wireConnection } from "./wire-connection.ts";

const HOST = "api.example.org";
/** Several TLS records of 16 KiB at once, so that events break inside transfer chunks. */
const MANY = Array.from({ length: 1000 }, (_, nth) => word(`word ${nth} naïve`)).join("");
const USAGE = `data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":1003,"total_tokens":1012}}\n\n`;

const ANSWERS: Record<string, { parts: AnswerPart[]; status?: number }> = {
  "an answer in small and large pieces": {
    parts: [word("a"), 20, word("b"), 20, MANY, 20, word("c"), STOP, USAGE, DONE],
  },
  "an answer that is cut in the middle": { parts: [word("a"), 20, word("b"), 20, CUT] },
  "a refusal": { status: 500, parts: ["no GPU is left"] },
};

/**
 * What a record says apart from its clock and from which chunks shared a read, which the network decides. Of
 * each time it says only whether there is one.
 */
function factsOf(record: RequestRecord): Record<string, unknown> {
  const facts = Object.entries(record).map(([name, value]) => [
    name,
    name.endsWith("Ms") ? value !== null : value,
  ]);
  return { ...Object.fromEntries(facts), gapsUs: record.gapsUs.length, merged: null };
}

describe.skipIf(!hasOpenssl).each(WIRES)("the %s driver over TLS", (_name, open) => {
  const answer: RequestListener = (request, response) => {
    const asked = ANSWERS[decodeURIComponent((request.url ?? "").slice(1))];
    request
      .resume()
      .once("end", () => void play(response, asked?.parts ?? [], { status: asked?.status ?? 200 }));
  };
  const servers: Server[] = [];
  const ports = { http: 0, https: 0, asking: 0 };
  const { ca: authority, issued } = ownAuthority(HOST, "client");

  beforeAll(async () => {
    const listening = async (server: Server): Promise<number> => {
      servers.push(server);
      await once(server.listen(0, "127.0.0.1"), "listening");
      return (server.address() as AddressInfo).port;
    };
    ports.http = await listening(createPlain(answer));
    ports.https = await listening(createSecure(issued[HOST], answer));
    const asking = { ca: authority, requestCert: true, rejectUnauthorized: true };
    ports.asking = await listening(createSecure({ ...issued[HOST], ...asking }, answer));
  });
  afterAll(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });

  /** The records of requests for these answers, over one connection. */
  async function recordsOf(
    server: keyof typeof ports,
    names: string[],
    { host = HOST, ca = authority, client = {} }: { host?: string; ca?: Buffer; client?: object } = {},
  ) {
    const port = ports[server];
    const guard = createGuard({
      profile: "local",
      resolve: async () => [{ address: "127.0.0.1", family: 4 }],
    });
    const target = new URL(`${server === "http" ? "http" : "https"}://${host}:${port}/`);
    const tls = { ...(ca.length > 0 && { ca }), ...client };
    const connection = wireConnection(
      target,
      guard.dial(target, { connectTimeoutMs: 30_000, tls }, open),
      REQUEST_LIMITS,
      createClosing(),
      createReaders(),
    );
    const records: RequestRecord[] = [];
    for (const [index, name] of names.entries()) {
      const request = connection.send({
        index,
        user: 0,
        t0Ms: performance.now(),
        dueMs: 0,
        dialect: chat,
        path: `/${encodeURIComponent(name)}`,
        headers: {},
        body: "{}",
        outputTokens: 2000,
        limits: REQUEST_LIMITS,
        explain: (_kind, text) => text,
      });
      records.push((await request.ended).record);
    }
    connection.cut();
    return records;
  }

  test("leads to the same records as without TLS: whole, cut and refused answers, one after another on one connection", async () => {
    const names = Object.keys(ANSWERS);
    const asked = [...names, ...names.slice(0, 1), ...names];
    const [plain, secure] = await Promise.all([recordsOf("http", asked), recordsOf("https", asked)]);
    expect(secure.map(factsOf)).toEqual(plain.map(factsOf));
    expect(secure.slice(0, 3).map(({ outcome }) => outcome)).toEqual(["ok", "truncated_stream", "http_5xx"]);
    expect(secure[0]?.gapsUs).toHaveLength(1003);
    // The refused answer left the connection usable.
    expect(secure[3]?.connectMs).toBeNull();
  });

  test("a client's certificate is shown to a server that asks, and its alert is the outcome `tls` without", async () => {
    const names = ["an answer in small and large pieces"];
    const [known] = await recordsOf("asking", names, { client: issued.client });
    expect(known?.outcome).toBe("ok");
    const [unknown] = await recordsOf("asking", names);
    expect(unknown).toMatchObject({
      outcome: "tls",
      errorText: "TLS failed (ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED)",
    });
  });

  test.each([
    ["an unknown authority", { ca: Buffer.alloc(0) }, /UNABLE_TO_VERIFY/],
    ["the name of another", { host: "other.example.org" }, /ALTNAME/],
  ])("a certificate of %s is the outcome `tls`", async (_fact, how, words) => {
    const [record] = await recordsOf("https", ["an answer in small and large pieces"], how);
    expect(record).toMatchObject({ outcome: "tls", status: null, gapsUs: [], firstByteMs: null });
    expect(record?.errorText).toMatch(words);
  });
});

const TLS_RECORD_BYTES = 16 * 1024;
const kernelWire = WIRES.find(([name]) => name === "kernel")?.[1];

test.skipIf(!hasOpenssl || kernelWire === undefined)(
  "TLS records that one read of the kernel brings are handed on as one, because only its last packet has a time",
  async () => {
    const own = selfSigned(HOST);
    const bytes = 3 * TLS_RECORD_BYTES;
    const server = createTls(own, (socket) => {
      socket.on("error", () => {});
      socket.once("data", () => {
        socket.write(Buffer.alloc(bytes));
        // Nobody reads until all has come, because it is the same thread.
        for (const untilMs = performance.now() + 10; performance.now() < untilMs;);
      });
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const target = new URL(`https://${HOST}:${(server.address() as AddressInfo).port}/`);
    const guard = createGuard({
      profile: "local",
      resolve: async () => [{ address: "127.0.0.1", family: 4 }],
    });
    const dial = guard.dial(
      target,
      { connectTimeoutMs: 30_000, tls: { ca: own.cert } },
      kernelWire as NonNullable<typeof kernelWire>,
    );
    const reads: number[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const wire = await dial({
      read(_bytes, count) {
        reads.push(count);
        if (reads.reduce((sum, one) => sum + one, 0) === bytes) resolve();
      },
      ended: resolve,
      failed: () => resolve(),
    });
    wire.write(Buffer.from("go"));
    await promise;
    wire.destroy();
    server.close();
    expect(reads).toEqual([bytes]);
  },
);

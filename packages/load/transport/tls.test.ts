import type { RequestRecord } from "@brimline/core/record/record";
import { once } from "node:events";
import { createServer as createPlain, type RequestListener, type Server } from "node:http";
import { createServer as createSecure } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGuard } from "../guard/guard.ts";
import { REQUEST_LIMITS } from "../request.ts";
import { hasOpenssl, selfSigned } from "../testing/authority.ts";
import { CUT, DONE, play, type Step, STOP, word } from "../testing/scripted.ts";
import { socketConnection } from "./socket.ts";

const HOST = "api.example.org";
/** Several TLS records of 16 KiB in one go, so that events are torn where no chunk of HTTP ends. */
const MANY = Array.from({ length: 1000 }, (_, nth) => word(`word ${nth} naïve`)).join("");
const USAGE = `data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":1003,"total_tokens":1012}}\n\n`;

const ANSWERS: Record<string, { steps: Step[]; status?: number }> = {
  "an answer in small and large pieces": { steps: [word("a"), 20, word("b"), 20, MANY, 20, word("c"), STOP, USAGE, DONE] },
  "an answer that is cut in the middle": { steps: [word("a"), 20, word("b"), 20, CUT] },
  "a refusal": { status: 500, steps: ["no GPU is left"] },
};

/** A record apart from its clock, and from which chunks shared a read: that is the network's. */
function factsOf({ gapsUs, sentMs, firstMs, firstVisibleMs, lastMs, doneMs, firstByteMs, connectMs, dueMs, ...facts }: RequestRecord) {
  return { ...facts, chunks: gapsUs.length, had: [firstMs, firstVisibleMs, lastMs, doneMs, firstByteMs, connectMs].map((time) => time !== null) };
}

describe.skipIf(!hasOpenssl)("the socket driver over TLS", () => {
  const answer: RequestListener = (request, response) => {
    const { steps = [], status = 404 } = { status: 200, ...ANSWERS[decodeURIComponent((request.url ?? "").slice(1))] };
    request.resume().once("end", () => void play(response, steps, { status }));
  };
  const servers: Server[] = [];
  let cert: Buffer;

  beforeAll(async () => {
    const own = selfSigned(HOST);
    cert = own.cert;
    servers.push(createPlain(answer), createSecure(own, answer));
    for (const server of servers) await once(server.listen(0, "127.0.0.1"), "listening");
  });
  afterAll(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });

  /** The records of requests for these answers, over one connection. */
  async function recordsOf(scheme: "http" | "https", names: string[], { host = HOST, ca = cert }: { host?: string; ca?: Buffer | undefined } = {}) {
    const { port } = servers[scheme === "http" ? 0 : 1]?.address() as AddressInfo;
    const guard = createGuard({ profile: "local", resolve: async () => [{ address: "127.0.0.1", family: 4 }] });
    const target = new URL(`${scheme}://${host}:${port}/`);
    const connection = socketConnection(target, guard.dial(target, { connectTimeoutMs: 30_000, ...(ca.length > 0 && { tls: { ca } }) }), REQUEST_LIMITS);
    const records: RequestRecord[] = [];
    for (const [index, name] of names.entries()) {
      const request = connection.send({
        index,
        user: 0,
        t0Ms: performance.now(),
        dueMs: 0,
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

  test("records what it records without: whole, cut and refused answers, one after another on a connection kept alive", async () => {
    const names = Object.keys(ANSWERS);
    const asked = [...names, ...names.slice(0, 1), ...names];
    const [plain, secure] = await Promise.all([recordsOf("http", asked), recordsOf("https", asked)]);
    expect(secure.map(factsOf)).toEqual(plain.map(factsOf));
    expect(secure.slice(0, 3).map(({ outcome }) => outcome)).toEqual(["ok", "truncated_stream", "http_5xx"]);
    expect(factsOf(secure[0] as RequestRecord).chunks).toBe(1003);
    // The refusal left the connection as it was.
    expect(secure[3]?.connectMs).toBeNull();
  });

  test.each([
    ["an unknown authority", { ca: Buffer.alloc(0) }, /SELF_SIGNED/],
    ["the name of another", { host: "other.example.org" }, /ALTNAME/],
  ])("a certificate of %s is the outcome `tls`", async (_fact, how, words) => {
    const [record] = await recordsOf("https", ["an answer in small and large pieces"], how);
    expect(record).toMatchObject({ outcome: "tls", status: null, gapsUs: [], firstByteMs: null });
    expect(record?.errorText).toMatch(words);
  });
});

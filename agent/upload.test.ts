import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { SAMPLE_SCHEMA } from "@brimline/core/record/telemetry/sample";
import { type Rhythm, RHYTHMS } from "./rhythm.ts";
import { connectTo } from "./server.ts";
import { SPOOL_LIMITS, openSpool } from "./spool.ts";
import { startUploads } from "./upload.ts";

const SIGNED = { "content-type": "application/gzip", "if-none-match": "*" };

/**
 * A service whose upload URLs lead to a bucket that gives these answers, and an agent with one sealed
 * segment. `rest` is what the service's first answers say.
 */
async function uploadToBucket(answers: number[], { rest = false, rhythms = RHYTHMS } = {}) {
  const service = { rest, asked: 0 };
  const puts: { headers: IncomingHttpHeaders; bytes: number }[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
    if (request.method === "PUT") {
      puts.push({ headers: request.headers, bytes: body.length });
      return response.writeHead(answers.shift() ?? 200).end();
    }
    const { segments } = JSON.parse(body.toString()) as { segments: { bytes: number }[] };
    const uploads = segments.map(({ bytes }) => ({
      url: `${url}/bucket/segment?X-Amz-Signature=x`,
      headers: { ...SIGNED, "content-length": String(bytes) },
    }));
    service.asked += 1;
    return response
      .writeHead(200, { "content-type": "application/json" })
      .end(JSON.stringify({ uploads, flush: false, rest: service.rest }));
  };
  const server = createServer((request, response) => void answer(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = await mkdtemp(join(tmpdir(), "agent-upload-"));
  const id = "a".repeat(20);
  const about = {
    schema: SAMPLE_SCHEMA,
    writer: id,
    boot: "b",
    host: "h",
    startedUnixMs: Date.now(),
  } as const;
  const spool = openSpool(folder, about, SPOOL_LIMITS, () => {});
  spool.taking({ source: "gpu", identities: [], columns: [] }).take([1, 0]);
  spool.seal();
  const connection = connectTo(url);
  onTestFinished(async () => {
    await connection.close();
    server.close().closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  });
  const told: Rhythm[] = [];
  const ports = { rhythms, onRhythm: (rhythm: Rhythm) => void told.push(rhythm), log: () => {} };
  const uploads = startUploads(connection, { id, token: "token", server: url }, spool, ports);
  return { uploads, spool, puts, service, told };
}

test("a bucket gets exactly the signed headers and not the agent's token", async () => {
  const { uploads, puts } = await uploadToBucket([200]);
  await uploads.finish(5000);
  const { host: _, connection: __, ...headers } = puts[0]?.headers ?? {};
  expect(headers).toEqual({ ...SIGNED, "content-length": String(puts[0]?.bytes) });
  expect(uploads.counts).toMatchObject({ segments: 1, samples: 1, refused: 0 });
});

test.each([400, 403, 500])("after a bucket's %d the segment is sent again to a new URL", async (status) => {
  const { uploads, spool, puts } = await uploadToBucket([status]);
  await uploads.finish(8000);
  expect(puts).toHaveLength(2);
  expect(uploads.counts).toMatchObject({ segments: 1, refused: 0 });
  expect(spool.sealed()).toEqual([]);
});

test("the agent asks in the slower rhythm while it may rest, and in the faster one from the first answer without rest", async () => {
  const rhythms = {
    awaited: { ...RHYTHMS.awaited, pollMs: 10 },
    resting: { ...RHYTHMS.resting, pollMs: 300 },
  };
  const { uploads, service, told } = await uploadToBucket([200], { rest: true, rhythms });
  await expect.poll(() => service.asked, { timeout: 30_000 }).toBe(2);
  service.rest = false;
  const beganMs = performance.now();
  await expect.poll(() => service.asked, { interval: 5, timeout: 30_000 }).toBe(3);
  // This is the time from one answer to the next request. Both are taken by this process's clock.
  expect(performance.now() - beganMs).toBeGreaterThan(150);
  await expect.poll(() => service.asked, { timeout: 30_000 }).toBeGreaterThan(13);
  await uploads.finish(5000);
  expect(told.slice(0, 4)).toEqual([rhythms.resting, rhythms.resting, rhythms.awaited, rhythms.awaited]);
});

test("a bucket's 412 means that the segment is stored already", async () => {
  const { uploads, spool, puts } = await uploadToBucket([412]);
  await uploads.finish(5000);
  expect([puts.length, uploads.counts.segments, spool.sealed().length]).toEqual([1, 1, 0]);
});

import { hasOpenssl, selfSigned } from "@brimline/testkit/load/authority";
import { once } from "node:events";
import { duplexPair } from "node:stream";
import { connect, TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import { takeDecrypted } from "./decrypted.ts";

const HOST = "api.example.org";

// Where the first of them fails, this Node must not be named as one that was tried.
test.skipIf(!hasOpenssl).each([
  ["one buffer of ours, where Node was tried", true, 1],
  ["buffers of its own, elsewhere", false, 3],
])("Node decrypts into %s", async (_where, mayUseBuffer, buffers) => {
  const own = selfSigned(HOST);
  const [here, there] = duplexPair();
  const server = new TLSSocket(there, { isServer: true, ...own });
  const client = connect({ socket: here, servername: HOST, ca: own.cert });
  const memory = new Set<ArrayBufferLike>();
  let text = "";
  const take = (bytes: Buffer, count: number): void => {
    memory.add(bytes.buffer);
    text += bytes.toString("latin1", 0, count);
  };
  takeDecrypted(client, take, mayUseBuffer);
  const ended = once(client, "end");
  // A TLS record holds 16 KiB at most.
  const sent = "abc".repeat(16_000);
  server.end(sent);
  await ended;
  client.destroy();
  expect(text === sent).toBe(true);
  expect(memory.size).toBe(buffers);
});

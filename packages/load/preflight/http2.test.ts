import { hasOpenssl, ownAuthority } from "@brimline/testkit/load/authority";
import { parted } from "@brimline/testkit/load/level";
import { once } from "node:events";
import { createSecureServer, createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { createGuard } from "../guard/guard.ts";
import { preflight } from "./preflight.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function listening(server: Server): Promise<number> {
  server.on("connection", (socket: Socket) => {
    closing.push(() => socket.destroy());
    socket.on("error", () => {});
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function problemAt(url: string, ca?: string): Promise<string> {
  const endpoint = { url, model: "m", ...(ca !== undefined && { tls: { ca } }) };
  const found = await preflight({
    ...parted({ endpoint, levels: [1] }),
    guard: createGuard({ profile: "local" }),
  });
  expect(found?.verdict).toBe("rejected");
  return `${found?.problem?.title}: ${found?.problem?.detail}`;
}

const NAMED =
  /does not speak HTTP\/1\.1: .*speaks HTTP\/2 only, and load is sent over HTTP\/1\.1\. Give .* front/;
const SETTINGS = Buffer.from([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100]);
const GOAWAY = Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);

/** A server of HTTP/2 that answers its preface and closes all else without a word. */
const isPreface = (bytes: Buffer): boolean => bytes.toString("latin1").startsWith("PRI * HTTP/2.0");
const mute = (socket: Socket): void => {
  socket.on("error", () => {});
  socket.once("data", (bytes) => (isPreface(bytes) ? socket.write(SETTINGS) : socket.end()));
};

describe("an endpoint of HTTP/2 alone is named as that, with what to do,", () => {
  test.each<[string, () => Server]>([
    ["that sends its settings at once", () => createHttp2Server()],
    [
      "that answers with its settings",
      () => createServer((socket) => socket.once("data", () => socket.write(SETTINGS))),
    ],
    [
      "that says goodbye in HTTP/2",
      () => createServer((socket) => socket.once("data", () => socket.end(GOAWAY))),
    ],
    ["that closes without a word", () => createServer(mute)],
    [
      "that answers 505",
      () =>
        createServer((socket) =>
          socket.on("data", () =>
            socket.end("HTTP/1.1 505 HTTP Version Not Supported\r\ncontent-length: 0\r\n\r\n"),
          ),
        ),
    ],
  ])("%s", async (_how, server) => {
    const port = await listening(server());
    expect(await problemAt(`http://127.0.0.1:${port}/v1`)).toMatch(NAMED);
  });

  test("unless it answers HTTP/1.1 too, and only closes the request", async () => {
    const port = await listening(
      createServer((socket) =>
        socket.once("data", (bytes) => {
          if (isPreface(bytes)) socket.write(SETTINGS);
          else if (bytes.toString("latin1").startsWith("OPTIONS"))
            socket.end("HTTP/1.1 204 No Content\r\n\r\n");
          else socket.end();
        }),
      ),
    );
    expect(await problemAt(`http://127.0.0.1:${port}/v1`)).toMatch(/closes connections before it answers/);
  });

  describe.skipIf(!hasOpenssl)("over TLS,", () => {
    const own = ownAuthority("localhost");
    const { localhost } = own.issued;

    test("that closes within the handshake", async () => {
      const inner = await listening(createSecureServer({ ...localhost }));
      const port = await listening(
        createServer((socket) =>
          socket.once("data", (hello) => {
            if (!hello.includes("\x02h2")) {
              socket.end();
              return;
            }
            const there = connect(inner, "127.0.0.1").on("error", () => {});
            there.write(hello);
            socket.pipe(there).pipe(socket);
          }),
        ),
      );
      expect(await problemAt(`https://localhost:${port}/v1`, own.ca.toString())).toMatch(NAMED);
    });

    test.each<[string, () => Server]>([
      ["that refuses the handshake for HTTP/1.1", () => createSecureServer({ ...localhost })],
      ["that chooses no protocol and closes", () => createTlsServer({ ...localhost }, mute)],
    ])("%s", async (_how, server) => {
      const port = await listening(server());
      expect(await problemAt(`https://localhost:${port}/v1`, own.ca.toString())).toMatch(NAMED);
    });
  });
});

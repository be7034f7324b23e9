import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Agent, request } from "undici";
import { hasOpenssl, selfSigned } from "@brimline/testkit/load/authority";
import type { ConnectOptions } from "./answers.ts";
import { WIRES } from "@brimline/testkit/load/wires";
import type { OpenWire } from "./wire.ts";
import { createGuard } from "./guard.ts";

const HOST = "api.example.org";

/**
 * Starts an https endpoint on loopback with a TLS certificate that nobody but its owner has signed. It needs
 * `openssl` to make one.
 */
describe.skipIf(!hasOpenssl)("https through the guard", () => {
  let cert: Buffer;
  const server = createServer((_request, response) => response.end("hello"));
  let port = 0;
  const agreed = new Set<string | false | null>();

  beforeAll(async () => {
    server.on("secureConnection", (socket) => agreed.add(socket.alpnProtocol));
    const own = selfSigned(HOST);
    cert = own.cert;
    server.setSecureContext(own);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  async function outcome(host: string, tls: NonNullable<ConnectOptions["tls"]>): Promise<string> {
    const guard = createGuard({
      profile: "local",
      resolve: async () => [{ address: "127.0.0.1", family: 4 }],
    });
    const agent = new Agent({ connect: guard.connect({ connectTimeoutMs: 2000, tls }) });
    try {
      return await (await request(`https://${host}:${port}/`, { dispatcher: agent })).body.text();
    } catch (error) {
      return error instanceof Error && "code" in error
        ? `${String(error.code)}: ${error.message}`
        : String(error);
    } finally {
      await agent.destroy();
    }
  }

  /** The same through a wire of our own. */
  async function dialledBy(
    open: OpenWire,
    host: string,
    tls: NonNullable<ConnectOptions["tls"]>,
  ): Promise<string> {
    const guard = createGuard({
      profile: "local",
      resolve: async () => [{ address: "127.0.0.1", family: 4 }],
    });
    const dial = guard.dial(new URL(`https://${host}:${port}/`), { connectTimeoutMs: 2000, tls }, open);
    const came = Promise.withResolvers<string>();
    try {
      const wire = await dial({
        read: (bytes, count) => came.resolve(bytes.toString("latin1", 0, count)),
        ended: () => came.reject(new Error("ended")),
        failed: came.reject,
      });
      wire.write(Buffer.from(`GET / HTTP/1.1\r\nhost: ${host}\r\n\r\n`));
      const text = await came.promise;
      wire.destroy();
      return text.slice(text.lastIndexOf("\n") + 1);
    } catch (error) {
      return error instanceof Error && "code" in error
        ? `${String(error.code)}: ${error.message}`
        : String(error);
    }
  }

  const ways = [
    outcome,
    ...WIRES.map(
      ([, open]) =>
        (host: string, tls: NonNullable<ConnectOptions["tls"]>) =>
          dialledBy(open, host, tls),
    ),
  ];

  test("to an unknown authority is a tls failure that says so", async () => {
    for (const asked of ways)
      expect(await asked(HOST, {})).toBe("tls: TLS handshake failed (DEPTH_ZERO_SELF_SIGNED_CERT)");
  });

  test("with that authority given, works by name, and agrees on HTTP/1.1", async () => {
    agreed.clear();
    for (const asked of ways) expect(await asked(HOST, { ca: cert })).toBe("hello");
    expect([...agreed]).toEqual(["http/1.1"]);
  });

  test("to a certificate of another name is a tls failure", async () => {
    for (const asked of ways) {
      expect(await asked("other.example.org", { ca: cert })).toBe(
        "tls: TLS handshake failed (ERR_TLS_CERT_ALTNAME_INVALID)",
      );
    }
  });
});

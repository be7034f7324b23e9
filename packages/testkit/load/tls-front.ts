import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { createServer, type TlsOptions } from "node:tls";

/** TLS before a server on loopback, for the name localhost. `url` is that server's. */
export async function tlsFront(
  url: string,
  options: TlsOptions,
): Promise<{ url: string; close(): Promise<void> }> {
  const behind = new URL(url);
  const server = createServer(options, (socket) => {
    const plain = connect(Number(behind.port), "127.0.0.1");
    socket.on("error", () => plain.destroy());
    plain.on("error", () => socket.destroy());
    socket.pipe(plain).pipe(socket);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://localhost:${port}${behind.pathname}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

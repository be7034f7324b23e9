import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/** It stands before an S3 server and answers for it where it is told to. */
export interface FaultyStore {
  endpoint: string;
  /**
   * Sets the status of every later read of a key that ends in this way. Null passes the server's own answer
   * on.
   */
  answer: { ending: string; status: number } | null;
  close(): void;
}

export async function startFaultyStore(behind: string): Promise<FaultyStore> {
  const { hostname, port } = new URL(behind);
  const server = createServer((asked, answer) => {
    const path = (asked.url ?? "/").split("?")[0] ?? "/";
    if (store.answer !== null && asked.method === "GET" && path.endsWith(store.answer.ending)) {
      answer.writeHead(store.answer.status).end();
      return;
    }
    // The host that the caller signed is passed on unchanged.
    const passed = request(
      { hostname, port, method: asked.method, path: asked.url, headers: asked.headers },
      (told) => {
        answer.writeHead(told.statusCode ?? 502, told.headers);
        told.pipe(answer);
      },
    );
    passed.on("error", () => answer.destroy());
    asked.pipe(passed);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const store: FaultyStore = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer: null,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return store;
}

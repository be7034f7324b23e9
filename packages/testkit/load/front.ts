import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/** A proxy before an endpoint, which takes its time to let bytes go. */
export interface Front {
  url: string;
  close(): Promise<void>;
}

/** Bytes are let go `holdMs` after the first of them came, or when there are so many, or at the end of the answer. */
export interface Buffering {
  holdMs: number;
  bytes: number;
}

/** Starts a proxy on loopback that holds answers back as nginx does with `proxy_buffering` and HAProxy without `http-no-delay`. */
export async function bufferingFront(to: string, { holdMs, bytes }: Buffering): Promise<Front> {
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  const server = createServer((incoming, outgoing) => {
    const { method, headers, url = "/" } = incoming;
    const onward = request(new URL(url, to), { agent, method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      let held: Buffer[] = [];
      let timer: NodeJS.Timeout | null = null;
      const letGo = (): void => {
        if (timer !== null) clearTimeout(timer);
        timer = null;
        if (held.length > 0) outgoing.write(Buffer.concat(held));
        held = [];
      };
      answer.on("data", (piece: Buffer) => {
        held.push(piece);
        timer ??= setTimeout(letGo, holdMs);
        if (Buffer.concat(held).length >= bytes) letGo();
      });
      answer.on("end", () => {
        letGo();
        outgoing.end();
      });
    });
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const { pathname } = new URL(to);
  return {
    url: `http://127.0.0.1:${port}${pathname}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        agent.destroy();
      }),
  };
}

import { createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { parentPort, workerData } from "node:worker_threads";
import type { Played, Step } from "./timed-server.ts";

/** The thread of a timed server. */
const { done, tls } = workerData as { done: Int32Array<SharedArrayBuffer>; tls: TlsOptions | null };
const port = parentPort;
const ASKED = /play:([\w-]+)[ \n]/;
const BACKLOG = 4096;
const hrtimeMs = (): number => Number(process.hrtime.bigint()) / 1e6;

async function play(socket: Socket, id: number, steps: Step[]): Promise<void> {
  const written: Played["written"] = [];
  for (const step of steps) {
    if ("waitMs" in step) await sleep(step.waitMs);
    else if ("unblock" in step) unblock(id);
    else if ("text" in step) {
      const fromMs = hrtimeMs();
      socket.write(step.text.repeat(step.times ?? 1));
      written.push({ fromMs, toMs: hrtimeMs() });
    } else if (step.close === "reset") socket.resetAndDestroy();
    else socket.end();
  }
  port?.postMessage({ id, written } satisfies Played, []);
  unblock(id);
}

function unblock(id: number): void {
  Atomics.store(done, 0, id);
  Atomics.notify(done, 0);
}

function serve(socket: Socket): void {
  let heard = "";
  socket.setNoDelay(true).on("error", () => {});
  socket.on("data", (bytes) => {
    heard += bytes.toString("latin1");
    for (let asked = ASKED.exec(heard); asked !== null; asked = ASKED.exec(heard)) {
      heard = heard.slice(asked.index + asked[0].length);
      const { id, steps } = JSON.parse(Buffer.from(asked[1] ?? "", "base64url").toString()) as {
        id: number;
        steps: Step[];
      };
      void play(socket, id, steps);
    }
  });
}

const server = tls === null ? createServer(serve) : createTlsServer(tls, serve);
server.listen(0, "127.0.0.1", BACKLOG, () => port?.postMessage((server.address() as AddressInfo).port, []));

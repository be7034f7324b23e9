import { createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import type { Played, Step } from "./timed-server.ts";

/** The thread of a timed server. */
const { done, host } = workerData as { done: Int32Array<SharedArrayBuffer>; host: string };
const port = parentPort;
const hrtimeMs = (): number => Number(process.hrtime.bigint()) / 1e6;

async function play(socket: Socket, id: number, steps: Step[]): Promise<void> {
  const written: Played["written"] = [];
  for (const step of steps) {
    if ("waitMs" in step) await sleep(step.waitMs);
    else if ("text" in step) {
      const fromMs = hrtimeMs();
      socket.write(step.text.repeat(step.times ?? 1));
      written.push({ fromMs, toMs: hrtimeMs() });
    } else if (step.close === "reset") socket.resetAndDestroy();
    else socket.end();
  }
  // What was handed to the kernel is there only once the turn is over.
  await sleep(1);
  port?.postMessage({ id, written } satisfies Played, []);
  Atomics.store(done, 0, id);
  Atomics.notify(done, 0);
}

const server = createServer({ noDelay: true }, (socket) => {
  let heard = "";
  socket.on("error", () => {});
  socket.on("data", (bytes) => {
    heard += bytes.toString("latin1");
    for (
      let asked = /play:([\w-]+)[ \n]/.exec(heard);
      asked !== null;
      asked = /play:([\w-]+)[ \n]/.exec(heard)
    ) {
      heard = heard.slice(asked.index + asked[0].length);
      const { id, steps } = JSON.parse(Buffer.from(asked[1] ?? "", "base64url").toString()) as {
        id: number;
        steps: Step[];
      };
      void play(socket, id, steps);
    }
  });
});
server.listen(0, host, 4096, () => port?.postMessage((server.address() as AddressInfo).port, []));

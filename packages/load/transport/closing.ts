import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { OpenRequest } from "../request/request.ts";

/**
 * A request waits so long for the body of the answer before it to end, because its connection can be kept then. A
 * server that writes both at once may still have them read one after the other.
 */
export const CLOSE_SOON_MS = 5;
/**
 * While so many bodies are open beside the requests that run, they may end. Beyond it the oldest is given up, so that
 * an endpoint which holds its connections cannot use up our sockets.
 */
const OPEN_MAX = 256;

/** Takes each request of a shard that is done, but whose connection the next request of its user could not wait for. */
export type Closing = (request: OpenRequest) => void;

export function createClosing(): Closing {
  const open = new Set<OpenRequest>();
  return (request) => {
    open.add(request);
    void request.ended.then(() => open.delete(request));
    const [oldest] = open;
    if (open.size > OPEN_MAX) oldest?.cut();
  };
}

/** The last answer of one connection, as the next request must know it. */
export interface LastAnswer {
  is(request: OpenRequest): void;
  /**
   * It resolves when the body of the last answer has ended, or is not worth waiting for: after some ms, and at once
   * where the bodies before it did not end so soon.
   */
  over(): Promise<void>;
}

export function createLastAnswer(closing: Closing): LastAnswer {
  let last: OpenRequest | null = null;
  let endsSoon = true;

  async function learn(request: OpenRequest): Promise<void> {
    const { record } = await request.ended;
    endsSoon = (record.closeLagMs ?? 0) <= CLOSE_SOON_MS;
    if (last === request) last = null;
  }

  return {
    is(request) {
      last = request;
      void learn(request);
    },
    async over() {
      const before = last;
      if (before === null || (endsSoon && (await endsSoonEnough(before)))) return;
      endsSoon = false;
      closing(before);
    },
  };
}

const endsSoonEnough = ({ ended }: OpenRequest): Promise<boolean> =>
  Promise.race([ended.then(() => true), waited()]);

async function waited(): Promise<false> {
  await sleep(CLOSE_SOON_MS);
  // A process that was held up finds its timers due before it has looked at its sockets, so it gets time to look.
  await nextTurn();
  return false;
}

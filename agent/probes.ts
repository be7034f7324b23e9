import type { ClockProbe } from "@brimline/core/record/telemetry/sample";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Server } from "./server.ts";

const ServerTime = z.object({ receivedUnixMs: z.number(), answeredUnixMs: z.number() });

const PROBES = 8;
const RETRY_MS = 5000;

/**
 * Makes eight probes over one connection. The first opens the connection and is dropped; of the others the
 * one with the shortest round trip is kept. It is null when none came back.
 */
async function probeBurst(server: Server, token: string): Promise<ClockProbe | null> {
  const probes: ClockProbe[] = [];
  for (let turn = 0; turn < PROBES; turn++) {
    const { sentMs, headersMs, body } = await server.probe(token);
    const time = ServerTime.safeParse(body);
    if (time.success && turn > 0)
      probes.push([sentMs, time.data.receivedUnixMs, time.data.answeredUnixMs, headersMs]);
  }
  const delay = ([t1, t2, t3, t4]: ClockProbe): number => t4 - t1 - (t3 - t2);
  return (
    (probes.toSorted((a, b) => delay(a) - delay(b))[0]?.map((ms) => Math.round(ms * 1000) / 1000) as
      | ClockProbe
      | undefined) ?? null
  );
}

export interface Probes {
  /** It resolves after the first burst, whether that succeeded or not. */
  first: Promise<unknown>;
  /** Sets the time between two bursts. If it is shorter than before, a burst follows at once. */
  every(ms: number): void;
  stop(): void;
}

/**
 * Makes a burst of probes now and then one every `everyMs`. After a failed burst the next one comes sooner.
 */
export function startProbes(
  server: Server,
  token: string,
  everyMs: number,
  onProbe: (probe: ClockProbe) => void,
): Probes {
  let periodMs = everyMs;
  const stopping = new AbortController();
  let waking = new AbortController();
  const once = async (): Promise<number> => {
    const probe = await probeBurst(server, token).catch(() => null);
    if (probe === null) return RETRY_MS;
    onProbe(probe);
    return periodMs;
  };
  const first = once();
  const run = async (): Promise<void> => {
    let waitMs = await first;
    while (!stopping.signal.aborted) {
      await sleep(waitMs, undefined, { signal: AbortSignal.any([stopping.signal, waking.signal]) }).catch(
        () => {},
      );
      waking = new AbortController();
      if (!stopping.signal.aborted) waitMs = await once();
    }
  };
  void run();
  return {
    first,
    every: (ms) => {
      const isSooner = ms < periodMs;
      periodMs = ms;
      if (isSooner) waking.abort();
    },
    stop: () => stopping.abort(),
  };
}

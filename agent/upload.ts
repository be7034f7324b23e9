import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Enrolment } from "./enrol.ts";
import type { Rhythm, Rhythms } from "./rhythm.ts";
import { reasonOf, type Server } from "./server.ts";
import type { SealedSegment, Spool } from "./spool.ts";

const UploadAnswer = z.object({
  uploads: z.array(z.object({ url: z.string(), headers: z.record(z.string(), z.string()) })),
  flush: z.boolean(),
  /** Older services do not send it. */
  rest: z.boolean().default(false),
});

const BATCH = 20;
const BACK_OFF_MS = { first: 250, most: 30_000 };
/** The statuses of a stored segment. 412 means that it was stored before and the answer was lost. */
const STORED = new Set([200, 201, 204, 412]);
/**
 * The statuses with which the service refuses the segment itself. It would refuse it again, and the segment
 * would hold up all others. A bucket's refusal says nothing about the segment, so its upload is tried again.
 */
const REFUSED = new Set([400, 413, 415, 422]);

export interface UploadCounts {
  segments: number;
  bytes: number;
  samples: number;
  refused: number;
}

export interface Uploads {
  counts: UploadCounts;
  /** Seals the rest and uploads as much as it can within the time. */
  finish(withinMs: number): Promise<void>;
}

export interface UploadPorts {
  rhythms: Rhythms;
  /** It is told at every answer which rhythm the service wants. */
  onRhythm: (rhythm: Rhythm) => void;
  log: (line: string) => void;
}

/**
 * Asks again and again where to PUT the sealed segments, oldest first, PUTs them and removes each once it is
 * stored. After an answer with `flush` it seals the rest and sends it at once. An answer with `rest` slows
 * the agent down until one without it. After a failure it waits a random time that grows, so that many agents
 * do not come back together.
 */
export function startUploads(
  server: Server,
  enrolment: Enrolment,
  spool: Spool,
  { rhythms, onRhythm, log }: UploadPorts,
): Uploads {
  let rhythm = rhythms.awaited;
  const counts: UploadCounts = { segments: 0, bytes: 0, samples: 0, refused: 0 };
  const stopping = new AbortController();
  let failures = 0;

  const once = async (): Promise<void> => {
    spool.sealOld();
    const { flush, rest } = await sendBatch(server, enrolment, spool, counts, log);
    rhythm = rest ? rhythms.resting : rhythms.awaited;
    onRhythm(rhythm);
    if (flush) {
      spool.seal();
      await sendBatch(server, enrolment, spool, counts, log);
    }
  };
  /** Asks and uploads once, and gives the time to wait before the next turn. */
  const turn = async (): Promise<number> => {
    try {
      await once();
      if (failures > 0) log("uploads work again");
      failures = 0;
      return spool.sealed().length > BATCH ? 0 : rhythm.pollMs;
    } catch (error) {
      if (failures === 0) log(`cannot upload: ${textOf(error)}; trying again`);
      failures += 1;
      return Math.random() * Math.min(BACK_OFF_MS.first * 2 ** failures, BACK_OFF_MS.most);
    }
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const waitMs = await turn();
      await sleep(waitMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  };
  const running = run();

  const drain = async (untilMs: number): Promise<void> => {
    await running;
    spool.seal();
    while (spool.sealed().length > 0 && performance.now() < untilMs) {
      const waitMs = await turn();
      if (failures > 0) await sleep(Math.min(waitMs, 500));
    }
  };
  const finish = async (withinMs: number): Promise<void> => {
    stopping.abort();
    await Promise.race([drain(performance.now() + withinMs), sleep(withinMs, undefined, { ref: false })]);
  };
  return { counts, finish };
}

/** An error's message, with its reason where the message does not give it. */
function textOf(error: unknown): string {
  const reason = reasonOf(error);
  if (!(error instanceof Error)) return reason;
  return error.message.includes(reason) ? error.message : `${error.message} (${reason})`;
}

async function sendBatch(
  server: Server,
  enrolment: Enrolment,
  spool: Spool,
  counts: UploadCounts,
  log: (line: string) => void,
): Promise<{ flush: boolean; rest: boolean }> {
  const batch = spool.sealed().slice(0, BATCH);
  const segments = batch.map(({ source, boot, sequence, firstUnixMs, lastUnixMs, bytes }) => ({
    source,
    boot,
    sequence,
    firstUnixMs,
    lastUnixMs,
    bytes,
  }));
  const { status, body } = await server.post(
    `/v1/agents/${enrolment.id}/segments`,
    { segments },
    enrolment.token,
  );
  if (status === 401 || status === 403)
    throw new Error(`the server refuses this agent (${status}): start it again to enrol anew`);
  const answer = UploadAnswer.safeParse(body);
  if (status !== 200 || !answer.success)
    throw new Error(`the server answered ${status} to the request for upload URLs`);
  for (const [place, { url, headers }] of answer.data.uploads.entries()) {
    const segment = batch[place];
    if (segment !== undefined) await send(segment, target(server, enrolment, url, headers));
  }
  return answer.data;

  async function send(segment: SealedSegment, to: Target): Promise<void> {
    const stored = await server.put(to.url, to.headers, await readFile(segment.path));
    if (to.isService && REFUSED.has(stored)) {
      log(
        `the server refuses segment ${segment.boot}-${segment.sequence} (${stored}): ${segment.samples} samples are lost`,
      );
      counts.refused += 1;
    } else if (!STORED.has(stored)) throw new Error(`the upload of a segment was answered ${stored}`);
    else {
      counts.segments += 1;
      counts.bytes += segment.bytes;
      counts.samples += segment.samples;
    }
    spool.remove(segment);
  }
}

interface Target {
  url: string;
  headers: Record<string, string>;
  isService: boolean;
}

/**
 * Where a segment goes. The service's own path is reached at the address that the agent knows, whatever name
 * the service gives itself, and with the agent's token. Any other URL carries its own authorization, so the
 * token is not sent there.
 */
function target(server: Server, enrolment: Enrolment, url: string, headers: Record<string, string>): Target {
  const path = new RegExp(`/v1/agents/${enrolment.id}/segments/.+$`).exec(url)?.[0];
  if (path === undefined) return { url, headers, isService: false };
  return {
    url: `${server.url}${path}`,
    headers: { ...headers, authorization: `Bearer ${enrolment.token}` },
    isService: true,
  };
}

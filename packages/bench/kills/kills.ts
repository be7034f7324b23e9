import { diskStore } from "@brimline/store/disk";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import { type SpawnedService, workshop } from "@brimline/testkit/functions/workshop";
import { markdown } from "@brimline/testkit/markdown";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Study } from "../study.ts";

/** A service takes a hundred open jobs. */
const KEYS = 100;
/** Of each key so many requests are under way at once. */
const SENDERS = 3;
const KILLS = 4;
const ALIVE_MS = { least: 150, most: 900 };
/** What `Retry-After` says. */
const PAUSE_MS = 1000;
const GIVE_UP_MS = 500_000;
/** The service is gone or stops, another request has the key, or a busy machine took too long to read this one. */
const ASK_AGAIN = new Set(["none", "503", "409", "408"]);

/** The first job waits for its endpoint, and the others for it, so that none ends. */
const JOB = { endpoint: { url: "http://127.0.0.1:39999/v1", model: "m" }, levels: [1], waitS: 3600 };

interface Round {
  kills: number;
  /** How many requests got an answer with this status, or none. */
  answers: Record<string, number>;
  keys: number;
  /** Different ids that were answered, jobs in the store, places in the list of all jobs, and marks of open jobs. */
  ids: number;
  jobs: number;
  listed: number;
  open: number;
}

/** Whether each Idempotency-Key makes one job while the service is killed again and again. */
export const kills: Study = {
  name: "kills",
  title: `${KEYS * SENDERS} submissions at once, ${SENDERS} of each key, while the service is killed ${KILLS} times`,
  quick: false,
  run: async ({ rounds, quick }) => {
    const found: Round[] = [];
    for (let round = 0; round < (quick ? 1 : rounds); round++) found.push(await oneRound(round));
    const head = ["kills", "202", "409", "408", "no answer", "keys", "ids", "jobs", "listed", "open", "is"];
    const rows = found.map(({ kills: killed, answers, ...counts }) => [
      String(killed),
      ...["202", "409", "408", "none"].map((status) => String(answers[status] ?? 0)),
      ...Object.values(counts).map(String),
      new Set(Object.values(counts)).size === 1 ? "one job a key" : "wrong",
    ]);
    return { text: markdown(head, rows), figures: found };
  },
};

async function oneRound(round: number): Promise<Round> {
  const shop = workshop();
  try {
    const dataDir = await shop.folder();
    let service: SpawnedService | null = await shop.service(dataDir);
    const answers: Record<string, number> = {};
    const sent = sending(round, () => service, answers);
    let killed = 0;
    for (; killed < KILLS; killed++) {
      await sleep(ALIVE_MS.least + ((ALIVE_MS.most - ALIVE_MS.least) * killed) / KILLS);
      const before: SpawnedService = service;
      service = null;
      await before.end("SIGKILL");
      service = await shop.service(dataDir);
    }
    const ids = await sent;
    await service.end("SIGTERM");
    const store = diskStore(join(dataDir, "objects"));
    const count = async (prefix: string, fits = ""): Promise<number> =>
      (await Array.fromAsync(listAll(store, prefix))).filter((key) => key.endsWith(fits)).length;
    return {
      kills: killed,
      answers,
      keys: KEYS,
      ids: new Set(ids).size,
      jobs: await count("jobs/", "/spec.json"),
      listed: await count("index/"),
      open: await count(keys.openPrefix),
    };
  } finally {
    await shop.close();
  }
}

/** Sends all requests at once, each until it is answered with 202. The answers are the ids of their jobs. */
const sending = (
  round: number,
  serviceNow: () => SpawnedService | null,
  answers: Record<string, number>,
): Promise<string[]> =>
  Promise.all(
    Array.from({ length: KEYS * SENDERS }, async (_, nth) => {
      const giveUpMs = performance.now() + GIVE_UP_MS;
      for (;;) {
        const { status, id, text } = await send(serviceNow(), `round ${round} key ${nth % KEYS}`);
        answers[status] = (answers[status] ?? 0) + 1;
        if (id !== null) return id;
        const isExpected = ASK_AGAIN.has(status);
        if (!isExpected || performance.now() > giveUpMs) throw new Error(`${status} ${text}`);
        await sleep(PAUSE_MS);
      }
    }),
  );

async function send(
  service: SpawnedService | null,
  key: string,
): Promise<{ status: string; id: string | null; text: string }> {
  if (service === null) return { status: "none", id: null, text: "no service" };
  try {
    const answer = await fetch(new URL("/v1/jobs", service.url), {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": key },
      body: JSON.stringify(JOB),
    });
    const text = await answer.text();
    const id = answer.status === 202 ? (JSON.parse(text) as { id: string }).id : null;
    return { status: String(answer.status), id, text };
  } catch (error) {
    return { status: "none", id: null, text: String(error) };
  }
}

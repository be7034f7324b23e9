import { diskStore } from "@brimline/store/disk";
import { keys } from "@brimline/store/keys";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { markdown } from "@brimline/testkit/markdown";
import { CORES } from "@brimline/testkit/pin";
import { benchLevel, type ShardProcess, startShards } from "../shards/start.ts";
import type { Study } from "../study.ts";
import { type Stream, STREAM } from "../truth/parameters.ts";
import { startTruth, type TruthServer } from "../truth/start.ts";
import { lastRefusedNs } from "./refused.ts";

/** Answers take 2 s, so that every stream is in the middle of one. */
const ANSWER: Stream = { ...STREAM, n: 100 };
const STREAMS = [10, 100, 500];
const ROUNDS_MAX = 3;
/** How often a local service's shards look, too. */
const LOOK_EVERY_MS = 250;
const LEVEL_S = 60;
const IN_FULL_MS = 1000;
const JOB = "bench";
/** The time that the client's system may still take after the shard has ended. */
const CLOSED_WITHIN_MS = 500;

interface World {
  truth: TruthServer;
  store: ReturnType<typeof diskStore>;
}

interface Event {
  name: string;
  /** The time within which load must have ended. */
  boundMs: number;
  happen: (world: World) => Promise<void>;
  isDeath?: boolean;
}

const EVENTS: Event[] = [
  { name: "cancel", boundMs: 3000, happen: ({ store }) => store.put(keys.control(JOB), objectOf("cancel")) },
  { name: "endpoint killed", boundMs: 10_000, isDeath: true, happen: async ({ truth }) => truth.kill() },
  { name: "endpoint answers 500", boundMs: 10_000, happen: ({ truth }) => truth.fail() },
  { name: "control object gone", boundMs: 10_000, happen: ({ store }) => store.remove(keys.control(JOB)) },
];

const objectOf = (action: "run" | "cancel"): string =>
  JSON.stringify({ schema: "brimline.control/1", action });

/** How one event ended one level. Times are in ms from the event. */
interface Ending {
  event: string;
  streams: number;
  boundMs: number;
  ended: string;
  /**
   * When the server last heard from the client. For a dead server it is when the kernel last refused a
   * connection. It is null where that is not known.
   */
  lastByteMs: number | null;
  /** When the server saw the last connection closed. It is null where the server is dead. */
  lastClosedMs: number | null;
  /** The number of connections that are still open half a second later. */
  open: number | null;
  /** The number of requests that were written after the event. */
  asked: number;
}

/**
 * Measures how long a level goes on sending after a cancel, the death of its endpoint or the loss of its
 * control object.
 */
export const control: Study = {
  name: "control",
  title: "from cancel, endpoint death and lost control to the last byte sent",
  quick: false,
  async run({ rounds, quick }) {
    const endings: Ending[] = [];
    const shards = await startShards(CORES.client);
    try {
      for (let round = 0; round < Math.min(rounds, quick ? 1 : ROUNDS_MAX); round++) {
        for (const streams of quick ? STREAMS.slice(0, 1) : STREAMS) {
          for (const event of EVENTS) {
            process.stderr.write(`round ${round + 1}  control  ${event.name}  ${streams} streams\n`);
            endings.push(await ending(shards, event, streams));
          }
        }
      }
    } finally {
      shards.stop();
    }
    return { text: render(endings), figures: endings };
  },
};

async function ending(
  shards: ShardProcess,
  { name, boundMs, happen, isDeath = false }: Event,
  streams: number,
): Promise<Ending> {
  const folder = await mkdtemp(join(tmpdir(), "brimline-control-"));
  const store = diskStore(folder);
  const truth = await startTruth(ANSWER, { core: CORES.server, realtime: true });
  try {
    await store.put(keys.control(JOB), objectOf("run"));
    const [plan] = benchLevel(
      `http://127.0.0.1:${truth.port}/v1`,
      1,
      { kind: "concurrency", users: streams },
      { durationS: LEVEL_S, requests: null },
    );
    if (plan === undefined) throw new Error("no shard");
    const run = shards.run({ plan, control: { folder, jobId: JOB, everyMs: LOOK_EVERY_MS } });
    while ((await truth.stats()).open < streams) await sleep(50);
    await sleep(IN_FULL_MS);
    const atNs = Number(process.hrtime.bigint());
    const refused = isDeath ? lastRefusedNs(run) : Promise.resolve(null);
    await happen({ truth, store });
    const { summary, records } = await run;
    const since = (ns: number | null): number | null => (ns === null ? null : Math.max(0, ns - atNs) / 1e6);
    const atMs = unixMsOf(atNs) - summary.t0UnixMs;
    const asked = records.filter(({ sentMs }) => sentMs > atMs).length;
    const about = { event: name, streams, boundMs, ended: summary.ended, asked };
    if (isDeath) return { ...about, lastByteMs: since(await refused), lastClosedMs: null, open: null };
    await sleep(CLOSED_WITHIN_MS);
    const { heardNs, closedNs, open } = await truth.stats();
    return { ...about, lastByteMs: since(heardNs), lastClosedMs: since(closedNs), open };
  } finally {
    await truth.stop();
    await rm(folder, { recursive: true });
  }
}

const unixMsOf = (monotonicNs: number): number =>
  Date.now() - (Number(process.hrtime.bigint()) - monotonicNs) / 1e6;

const HEADS = [
  "event",
  "streams",
  "runs",
  "last byte",
  "longest",
  "last close",
  "longest",
  "promised",
  "still open",
  "asked after",
  "ended as",
];

/** The medians and the longest times over the rounds, ms. */
function render(endings: Ending[]): string {
  const rows = Map.groupBy(endings, ({ event, streams }) => `${event} ${streams}`);
  return markdown(
    HEADS,
    [...rows.values()].map((own) => {
      const times = (of: (ending: Ending) => number | null): string[] => {
        const known = own.flatMap((one) => of(one) ?? []).toSorted((a, b) => a - b);
        return [known[Math.floor((known.length - 1) / 2)], known.at(-1)].map((ms) =>
          ms === undefined ? "–" : Math.round(ms).toLocaleString("en"),
        );
      };
      const most = (of: (ending: Ending) => number | null): string => times(of)[1] ?? "–";
      return [
        own[0]?.event ?? "",
        String(own[0]?.streams),
        String(own.length),
        ...times(({ lastByteMs }) => lastByteMs),
        ...times(({ lastClosedMs }) => lastClosedMs),
        (own[0]?.boundMs ?? Number.NaN).toLocaleString("en"),
        most(({ open }) => open),
        most(({ asked }) => asked),
        [...new Set(own.map(({ ended }) => ended))].join(", "),
      ];
    }),
  );
}

import { CORES } from "@brimline/testkit/pin";
import { markdown } from "@brimline/testkit/markdown";
import { type Client, findClients } from "./clients.ts";
import type { ClientLoad } from "./scenario.ts";
import type { Study } from "./study.ts";
import { medianOf } from "./table.ts";
import { STREAM } from "./truth/parameters.ts";
import { startTruth } from "./truth/start.ts";

const SHORT = 1;
const LONG = 101;
/** So many requests are in flight that no client waits for the server. */
const STREAMS = 32;
const SECONDS = { warmS: 2, windowS: 3 };
const QUICK_SECONDS = { warmS: 1, windowS: 1 };

/** What a request costs, and what a chunk of it does, µs of CPU. */
interface Costs {
  requestUs: number;
  chunkUs: number;
}

/**
 * Shows what a request costs beside its chunks: answers of 1 and of 101 chunks are read as fast as they come, which
 * makes two equations.
 */
export const request: Study = {
  name: "request",
  title: "a request beside its chunks: answers of 1 and of 101 chunks as fast as they are read, µs of CPU",
  quick: false,
  async run({ rounds, quick, wants }) {
    const { clients } = await findClients();
    const chosen = clients.filter(({ kind, name }) => kind === "floor" || (kind === "ours" && wants(name)));
    const measured: { client: string; costs: Costs }[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const client of chosen) {
        process.stderr.write(`round ${round + 1}/${rounds}  request  ${client.name}\n`);
        const seconds = quick ? QUICK_SECONDS : SECONDS;
        const shortUs = await chunkUs(client, SHORT, seconds);
        const longUs = await chunkUs(client, LONG, seconds);
        measured.push({ client: client.name, costs: costsOf(shortUs, longUs) });
      }
    }
    const lines = [...Map.groupBy(measured, ({ client }) => client)].map(([client, runs]) => [
      client,
      String(runs.length),
      rangeText(runs.map(({ costs }) => costs.requestUs)),
      rangeText(runs.map(({ costs }) => costs.chunkUs)),
    ]);
    return {
      text: markdown(["client", "runs", "a request (range)", "a chunk (range)"], lines),
      figures: measured,
    };
  },
};

/**
 * Solves request + n × chunk = n × what a chunk of such an answer costs with its share of the request, for answers of
 * `SHORT` and of `LONG` chunks.
 */
export function costsOf(shortUs: number, longUs: number): Costs {
  const chunkUs = (LONG * longUs - SHORT * shortUs) / (LONG - SHORT);
  return { requestUs: SHORT * (shortUs - chunkUs), chunkUs };
}

/** What a chunk costs with its share of the request, where answers have so many. */
async function chunkUs(
  client: Client,
  chunks: number,
  seconds: Pick<ClientLoad, "warmS" | "windowS">,
): Promise<number> {
  const stream = { ...STREAM, n: chunks, flood: true };
  const truth = await startTruth(stream, { core: CORES.server, realtime: false });
  try {
    const load = { streams: STREAMS, stream, tls: false, ...seconds };
    const { cpuUsPerEvent, wrong } = await client.run(load, truth.port);
    if (wrong > 0) throw new Error(`${client.name}: ${wrong} requests went wrong`);
    return cpuUsPerEvent;
  } finally {
    await truth.stop();
  }
}

const rangeText = (values: number[]): string =>
  `${medianOf(values).toFixed(2)} (${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)})`;

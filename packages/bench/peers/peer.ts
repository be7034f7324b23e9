import { join } from "node:path";
import type { OwnFigures } from "./figures.ts";
import { installedPython } from "./venv.ts";

/** One run of a peer's real client with so many users, each of whom sends one request after another. */
export interface PeerRun {
  /** The base URL without /v1. */
  url: string;
  model: string;
  streams: number;
  requests: number;
  outputTokens: number;
  /** One prompt for each request. With null the peer makes its own. */
  prompts: string[] | null;
  /** A folder with a tokenizer. All peers want one, though the server counts. */
  tokenizer: string;
  /** The folder of what it reads and writes. */
  folder: string;
}

export interface Peer {
  name: string;
  version: string;
  environment: string;
  requirements: string[];
  pythonMinorMin: number;
  /** Whether it can be given its prompts. */
  takesPrompts: boolean;
  /** What it takes for the first output: the first event, which has the role alone, or the first content. */
  firstOutput: "event" | "content";
  /** The arguments of its environment's Python. */
  args(run: PeerRun): string[];
  /** The files that are written to its folder first, by name. */
  files(run: PeerRun): Record<string, string>;
  /** What it says of a run that went well. */
  figures(run: PeerRun): Promise<OwnFigures>;
}

/** The length of prompts that a peer makes itself. */
export const INPUT_TOKENS = 20;

/** A script that pip installed beside the Python. */
export const script = (environment: string, name: string): string =>
  join(installedPython(environment) ?? "", "..", name);

/** A file of one JSON value a line. */
export const jsonLines = (values: unknown[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join("");

import { join } from "node:path";
import type { OwnFigures } from "./figures.ts";
import { installedPython } from "./venv.ts";

/** One run of a peer's real client: so many users, each sends one request after another. */
export interface PeerRun {
  /** Without /v1. */
  url: string;
  model: string;
  streams: number;
  requests: number;
  outputTokens: number;
  /** One for each request; null: the peer makes some of its own. */
  prompts: string[] | null;
  /** A folder with a tokenizer: all of them want one, though the server counts. */
  tokenizer: string;
  /** For what it reads and writes. */
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
  /** Arguments of its environment's Python. */
  args(run: PeerRun): string[];
  /** What is written to its folder first, by name. */
  files(run: PeerRun): Record<string, string>;
  /** What it says of a run that went well. */
  figures(run: PeerRun): Promise<OwnFigures>;
}

/** Of prompts that a peer makes itself. */
export const INPUT_TOKENS = 20;

/** A script that pip installed beside the Python. */
export const script = (environment: string, name: string): string =>
  join(installedPython(environment) ?? "", "..", name);

/** A file of one JSON value a line. */
export const jsonLines = (values: unknown[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join("");

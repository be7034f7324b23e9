/** Both ends of the certificate's loopback streams agree on what stands here. */

/** The server's thread is started with these. Only a caller who knows the token is served. */
export interface ServerOptions {
  token: string;
}

/** A stream that the caller wants. `index` names it. With a gap of 0 all chunks are written at once. */
export interface AskedStream {
  index: number;
  chunks: number;
  gapMs: number;
}

/**
 * When the server had a request at the latest, and when it handed each chunk to the socket, in ms of `hrtime`.
 * Without gaps the latter is not noted.
 */
export interface StreamTruth {
  index: number;
  receivedMs: number;
  writtenMs: number[];
}

export const streamPath = ({ token }: ServerOptions, { index, chunks, gapMs }: AskedStream): string =>
  `/${token}/${index}/${chunks}/${gapMs}`;

/** The stream that a request line asks for. It is null where the line does not have the token. */
export function streamAsked({ token }: ServerOptions, requestLine: string): AskedStream | null {
  const [, given, index, chunks, gapMs] = /^POST \/([\w-]+)\/(\d+)\/(\d+)\/(\d+) /.exec(requestLine) ?? [];
  return given === token ? { index: Number(index), chunks: Number(chunks), gapMs: Number(gapMs) } : null;
}

/** The time in ms of the clock that all threads of a process share. */
export const hrtimeMs = (): number => Number(process.hrtime.bigint()) / 1e6;

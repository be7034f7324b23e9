/** What both ends of the certificate's loopback streams agree on. */

/** What the server's thread is started with: only who knows the token is served. */
export interface ServerOptions {
  token: string;
}

/** A stream that the caller wants: `index` names it; with a gap of 0 everything is written at once. */
export interface StreamShape {
  index: number;
  chunks: number;
  gapMs: number;
}

/** When the server read a request, and when it handed each chunk to the socket (not noted without gaps): ms of `hrtime`. */
export interface StreamTruth {
  index: number;
  receivedMs: number;
  writtenMs: number[];
}

export const streamPath = ({ token }: ServerOptions, { index, chunks, gapMs }: StreamShape): string =>
  `/${token}/${index}/${chunks}/${gapMs}`;

/** The stream that a request line asks for; null: it does not know the token. */
export function streamAsked({ token }: ServerOptions, requestLine: string): StreamShape | null {
  const [, given, index, chunks, gapMs] = /^POST \/([\w-]+)\/(\d+)\/(\d+)\/(\d+) /.exec(requestLine) ?? [];
  return given === token ? { index: Number(index), chunks: Number(chunks), gapMs: Number(gapMs) } : null;
}

/** ms of the clock that all threads of a process share. */
export const hrtimeMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** What a stream of the truth server is like. Times are in µs. */
export interface Stream {
  /** The number of chunks with content. */
  n: number;
  /** The time from the request to the first of them. */
  ttftUs: number;
  /** The time from one to the next. */
  gapUs: number;
  /** Each chunk is moved by up to so much, earlier or later. */
  jitterUs: number;
  /** Whether all streams tick on one grid of `gapUs`, as a batching engine's do. */
  sync: boolean;
  /** Whether chunks come as fast as the socket takes them, without times. */
  flood: boolean;
  /**
   * Where a chunk carries its time: within the content, so that all else is equal from chunk to chunk, in a
   * field of its own, or not at all.
   */
  stamp: (typeof STAMPS)[number];
}

const STAMPS = ["content", "field", "none"] as const;

export const STREAM: Stream = {
  n: 100,
  ttftUs: 50_000,
  gapUs: 20_000,
  jitterUs: 0,
  sync: false,
  flood: false,
  stamp: "content",
};

/** The parameters as servers and clients read them: on a command line, or joined by `&` in a URL's query. */
export const argumentsOf = (stream: Stream): string[] => [
  `n=${stream.n}`,
  `ttft=${stream.ttftUs}`,
  `gap=${stream.gapUs}`,
  `jitter=${stream.jitterUs}`,
  `sync=${Number(stream.sync)}`,
  `flood=${Number(stream.flood)}`,
  `stamp=${STAMPS.indexOf(stream.stamp)}`,
];

/** Reads what `argumentsOf` writes. What is not given is taken from `base`. */
export function readStream(values: ReadonlyMap<string, string>, base: Stream = STREAM): Stream {
  const numberOf = (name: string, otherwise: number): number => Number(values.get(name) ?? otherwise);
  return {
    n: numberOf("n", base.n),
    ttftUs: numberOf("ttft", base.ttftUs),
    gapUs: numberOf("gap", base.gapUs),
    jitterUs: numberOf("jitter", base.jitterUs),
    sync: numberOf("sync", Number(base.sync)) === 1,
    flood: numberOf("flood", Number(base.flood)) === 1,
    stamp: STAMPS[numberOf("stamp", STAMPS.indexOf(base.stamp))] ?? base.stamp,
  };
}

/** The `name=value` arguments of a process. */
export const argumentValues = (args: string[]): Map<string, string> =>
  new Map(
    args.map((arg) => {
      const at = arg.indexOf("=");
      return [arg.slice(0, at), arg.slice(at + 1)];
    }),
  );

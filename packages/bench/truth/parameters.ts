/** How a stream of the truth server looks. Times in µs. */
export interface Stream {
  /** Chunks with content. */
  n: number;
  /** From the request to the first of them; from one to the next. */
  ttftUs: number;
  gapUs: number;
  /** Each is moved by up to so much, earlier or later. */
  jitterUs: number;
  /** All streams tick on one grid of `gapUs`, as a batching engine does. */
  sync: boolean;
  /** As fast as the socket takes them, without times. */
  flood: boolean;
  /** Where a chunk carries its time: within the content, so that all else is equal from chunk to chunk, in a field of its own, or not at all. */
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

/** As the servers and clients read it: on a command line, or joined by `&` in a URL's query. */
export const argumentsOf = (stream: Stream): string[] => [
  `n=${stream.n}`,
  `ttft=${stream.ttftUs}`,
  `gap=${stream.gapUs}`,
  `jitter=${stream.jitterUs}`,
  `sync=${Number(stream.sync)}`,
  `flood=${Number(stream.flood)}`,
  `stamp=${STAMPS.indexOf(stream.stamp)}`,
];

/** The other way round; what is not said is as in `base`. */
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

/** `name=value` arguments of a process. */
export const argumentValues = (args: string[]): Map<string, string> =>
  new Map(
    args.map((arg) => {
      const at = arg.indexOf("=");
      return [arg.slice(0, at), arg.slice(at + 1)];
    }),
  );

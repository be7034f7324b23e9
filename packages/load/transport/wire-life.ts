import type { WireSink } from "../guard/wire.ts";

/** The life of a wire, which is opening, then open, then over. Only its first end counts. */
export interface WireLife {
  /** It resolves when the wire is open, and rejects with the end that came before. */
  readonly opened: Promise<void>;
  open(): void;
  /** These two end it from outside: the sink of an open wire hears of it. */
  ended(): void;
  failed(error: Error): void;
  /** This ends it from inside, and the sink hears nothing. */
  over(error?: Error): void;
}

export function wireLife(sink: Pick<WireSink, "ended" | "failed">): WireLife {
  const { promise: opened, resolve, reject } = Promise.withResolvers<void>();
  // Whoever asks for the wire hears of it. A wire for which nobody waits any more must not end the process.
  opened.catch(() => {});
  let state: "opening" | "open" | "over" = "opening";

  function end(error: Error, tell: () => void): void {
    const was = state;
    state = "over";
    if (was === "open") tell();
    else if (was === "opening") reject(error);
  }

  return {
    opened,
    open() {
      if (state === "opening") state = "open";
      resolve();
    },
    ended: () => end(new Error("closed"), () => sink.ended()),
    failed: (error) => end(error, () => sink.failed(error)),
    over: (error = new Error("closed")) => end(error, () => {}),
  };
}

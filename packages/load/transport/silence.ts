/** A timer that runs out where nothing comes for so long. */
export class Silence {
  /** When something came last, by `now`. Whoever hears of it moves it. */
  heardMs = 0;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | null = null;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Begins to wait, and waits for nothing else any more. */
  begin(ms: number, runOut: () => void): void {
    this.end();
    this.heardMs = this.#now();
    let lookedAtMs = -1;
    // Moving a timer at every chunk costs more than looking, when it runs out, at when the last chunk came.
    const look = (): void => {
      const leftMs = this.heardMs + ms - this.#now();
      if (leftMs > 0) this.#timer = setTimeout(look, Math.ceil(leftMs));
      else if (lookedAtMs !== this.heardMs) {
        // A process that was held up finds its timers due before it has looked at its sockets, so it gets
        // time to look.
        lookedAtMs = this.heardMs;
        this.#timer = setTimeout(look, 1);
      } else runOut();
    };
    this.#timer = setTimeout(look, ms);
  }

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

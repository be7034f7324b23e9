const NODE_INSPECT = Symbol.for("nodejs.util.inspect.custom");

/**
 * A value that prints, serialises and inspects as "[secret]". Only `reveal()` gives it away, and it is called
 * only where the value is about to be used.
 */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return "[secret]";
  }
  toJSON(): string {
    return "[secret]";
  }
  [NODE_INSPECT](): string {
    return "[secret]";
  }
}

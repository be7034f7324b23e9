/** An answer that breaks HTTP/1.1 or a bound. */
export class AnswerError extends Error {
  readonly code: "protocol" | "headers_too_large";
  constructor(code: "protocol" | "headers_too_large", message: string) {
    super(message);
    this.name = "AnswerError";
    this.code = code;
  }
}

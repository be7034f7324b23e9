/** A refusal. Each kind of endpoint writes its detail in its own form. */
export class ApiError extends Error {
  readonly status: number;
  readonly detail: { message: string; type: string; param: string | null; code: string | null };
  constructor(status: number, message: string, options: { param?: string; code?: string } = {}) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    const type =
      status === 429 ? "rate_limit_error" : status >= 500 ? "server_error" : "invalid_request_error";
    this.detail = { message, type, param: options.param ?? null, code: options.code ?? null };
  }
}

import { request } from "node:http";
import { flushCompileCache } from "node:module";

/** What the runtime's native client does besides asking for invocations, over plain HTTP (see preload.ts). */

const HOST = process.env["AWS_LAMBDA_RUNTIME_API"] ?? "";

function post(path: string, body: string): void {
  const sent = request(`http://${HOST}/2018-06-01/runtime/invocation/${path}`, { method: "POST" }, (answer) =>
    answer.resume(),
  );
  sent.end(body);
}

export const initializeClient = (): void => {};
export const done = (id: string, body: string): void => {
  post(`${id}/response`, body);
  // The process will be killed, and what was compiled would be lost for the next one.
  flushCompileCache();
};
export const error = (id: string, body: string): void => post(`${id}/error`, body);

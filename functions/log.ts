import { BrimlineError } from "@brimline/core/error";
import { redact } from "@brimline/core/redact";
import { type DestinationStream, type Logger, pino, stdSerializers } from "pino";

/** Writes one JSON line for each thing that happens, with the job or the request that it is about. */
export type Log = Logger;

/** It is told of an error whose details no caller gets, and of the job or request that the error is about. */
export type LogError = (error: unknown, about?: object) => void;

/** The fields whose values are masked. No code of ours logs one; this is the second line of defence. */
const SECRETS = [
  "apiKey",
  "basic",
  "secretHeaders",
  "tls",
  "secret",
  "adminKey",
  "masterKey",
  "key",
  "token",
  "authorization",
  "headers",
];
const STDERR = 2;

/** It throws a BrimlineError `internal` when pino has no such level. */
export function createLog(level: string, to?: DestinationStream): Log {
  if (level !== "silent" && pino.levels.values[level] === undefined) {
    throw new BrimlineError(
      "internal",
      `BRIMLINE_LOG is "${level}": it takes silent, ${Object.keys(pino.levels.values).join(", ")}`,
    );
  }
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: "[secret]" },
      serializers: { err: told },
    },
    // A line is written before the call returns, so that a process that is killed next has said what it did.
    to ?? pino.destination({ dest: STDERR, sync: true }),
  );
}

export const errorsTo =
  (log: Log): LogError =>
  (error, about) =>
    log.error({ ...about, err: error }, "failed");

/** An error may repeat what an endpoint or a receiver said. */
function told(error: unknown): { message: string; type?: string; stack?: string } {
  if (!(error instanceof Error)) return { message: redact(String(error), []) };
  const { type, message, stack } = stdSerializers.err(error);
  return { type, message: redact(message, []), stack: redact(stack, []) };
}

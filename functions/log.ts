import { BrimlineError } from "@brimline/core/error";
import { redact } from "@brimline/core/redact";
import { type DestinationStream, type Logger, pino, stdSerializers } from "pino";

/** One JSON line an event: which job or request it is about, and what happened. */
export type Log = Logger;

/** Told of an error that no caller is told of, and of what it is about. */
export type LogError = (error: unknown, about?: object) => void;

/** Nothing of ours logs one of these; should it ever, its value is not shown. */
const SECRETS = ["apiKey", "secret", "adminKey", "masterKey", "key", "token", "authorization", "headers"];
const STDERR = 2;

/** Throws a BrimlineError `internal` where the level is none of pino's. */
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
    // Written before the call returns: who is killed next has said what it did.
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

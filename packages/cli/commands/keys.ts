import type { Schemas } from "@brimline/client/client";
import type { KeysFlags } from "../arguments/service.ts";
import { UsageError } from "../error.ts";
import { connect } from "../service.ts";
import { wrap } from "../terminal/table.ts";

type Key = Schemas["Key"];

export async function run({ add, revoke, json, ...flags }: KeysFlags): Promise<number> {
  const limits = limitsOf(flags);
  const { scope, caller, expires } = flags;
  if (add === undefined && [scope, caller, expires, limits].some((value) => value !== undefined))
    throw new UsageError(
      "--scope, --caller, --expires and limits are of a key that is made: give --add <name>",
    );
  const connection = await connect(flags);
  const { client } = connection;
  try {
    if (revoke !== undefined) {
      await client.removeKey(revoke);
      process.stdout.write(`${revoke}: revoked\n`);
    } else if (add === undefined) {
      const keys = await client.keys();
      process.stdout.write(json === true ? `${JSON.stringify(keys, null, 2)}\n` : listText(keys));
    } else {
      const made = await client.addKey({
        name: add,
        scopes: scope ?? ["submit", "read"],
        ...(caller !== undefined && { caller }),
        ...(expires !== undefined && { expiresAt: expiryOf(expires) }),
        ...(limits !== undefined && { limits }),
      });
      // The key stands alone on standard output, so that a script can take it.
      process.stdout.write(json === true ? `${JSON.stringify(made, null, 2)}\n` : `${made.key}\n`);
      if (json !== true)
        process.stderr.write(
          `${linesOf(made).join("\n")}\nThe key is shown only now. Who has it sends it in BRIMLINE_KEY.\n`,
        );
    }
    return 0;
  } finally {
    await connection.close();
  }
}

function limitsOf({
  openJobs,
  requestsPerDay,
  tokensPerDay,
  usdPerDay,
}: Pick<KeysFlags, "openJobs" | "requestsPerDay" | "tokensPerDay" | "usdPerDay">): Key["limits"] | undefined {
  const limits = {
    ...(openJobs !== undefined && { openJobs }),
    ...(requestsPerDay !== undefined && { requestsPerDay }),
    ...(tokensPerDay !== undefined && { outputTokensPerDay: tokensPerDay }),
    ...(usdPerDay !== undefined && { usdPerDay }),
  };
  return Object.keys(limits).length === 0 ? undefined : limits;
}

const DAY_MS = 86_400_000;

/** `90d`, or a date, or a time with its zone. */
function expiryOf(text: string): string {
  const [, days] = /^(\d{1,5})d$/.exec(text) ?? [];
  const unixMs =
    days === undefined && /^\d{4}-\d\d-\d\d(T.*(Z|[+-]\d\d:\d\d))?$/.test(text)
      ? Date.parse(text)
      : Date.now() + Number(days) * DAY_MS;
  if (Number.isNaN(unixMs))
    throw new UsageError(
      `--expires takes a number of days such as 90d, a date, or a time with its zone, not "${text}"`,
    );
  return new Date(unixMs).toISOString();
}

const listText = (keys: Key[]): string =>
  keys.length === 0 ? "There is no key but the admin's.\n" : `${keys.flatMap(linesOf).join("\n")}\n`;

function linesOf({ id, name, caller, scopes, limits, expiresAt, revokedAt, lastUsedAt }: Key): string[] {
  const limit = limitTexts(limits);
  return [
    `${id}  ${name}`,
    `  may        ${scopes.join(", ")}`,
    `  caller     ${caller}`,
    ...(limit.length === 0 ? [] : wrap(limit.join(", "), WIDTH, INDENT)).map((line, index) =>
      index === 0 ? `  limits     ${line.trimStart()}` : line,
    ),
    revokedAt === null ? `  expires    ${minuteOf(expiresAt)}` : `  revoked    ${minuteOf(revokedAt)}`,
    `  used last  ${minuteOf(lastUsedAt)}`,
  ];
}

function limitTexts({ openJobs, requestsPerDay, outputTokensPerDay, usdPerDay }: Key["limits"]): string[] {
  const texts: [number | undefined, (value: number) => string][] = [
    [openJobs, (value) => `${whole(value)} open jobs`],
    [requestsPerDay, (value) => `${whole(value)} requests a day`],
    [outputTokensPerDay, (value) => `${whole(value)} output tokens a day`],
    [usdPerDay, (value) => `$${value} a day`],
  ];
  // A limit of 0 is none.
  return texts.flatMap(([value, says]) => (value === undefined || value === 0 ? [] : [says(value)]));
}

/** Limits are wrapped so that they fit a narrow terminal. */
const WIDTH = 60;
const INDENT = " ".repeat("  limits     ".length);
const whole = (value: number): string => value.toLocaleString("en-US");

const minuteOf = (time: string | null): string =>
  time === null ? "never" : `${time.slice(0, "2026-11-30T08:00".length).replace("T", " ")} UTC`;

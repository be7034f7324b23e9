import type { Delivery } from "../client.ts";
import { UsageError } from "../error.ts";
import type { DeliveriesFlags } from "../arguments/job.ts";
import { connect } from "../service.ts";
import { table, wrap } from "../terminal/table.ts";

export async function run(
  id: string,
  { redeliver, secretEnv, json, ...flags }: DeliveriesFlags,
): Promise<number> {
  const secret = secretEnv === undefined ? undefined : process.env[secretEnv];
  if (secretEnv !== undefined && secret === undefined)
    throw new UsageError(`--secret-env: the environment has no ${secretEnv}`);
  const connection = await connect(flags);
  const { client } = connection;
  try {
    if (secret !== undefined) {
      await client.rotateSecret(id, secret);
      process.stderr.write("messages are signed with the new secret and with the one before\n");
    }
    const again = redeliver === undefined ? null : await client.redeliver(id, redeliver);
    const tries = again === null ? await client.deliveries(id) : [again];
    process.stdout.write(
      json === true
        ? `${JSON.stringify(tries, null, 2)}\n`
        : deliveriesText(tries, process.stdout.columns || 100),
    );
    return again === null || again.outcome === "delivered" ? 0 : 1;
  } finally {
    await connection.close();
  }
}

const NOTHING = "Nothing was delivered: the job has no webhook, or no event for it yet.";

/** A row for each try, and below it what was said where it was not taken. */
export function deliveriesText(tries: Delivery[], columns: number): string {
  if (tries.length === 0) return `${wrap(NOTHING, columns).join("\n")}\n`;
  const rows = tries.map(({ sequence, type, tries: nth, at, outcome }) => [
    String(sequence),
    type,
    String(nth),
    timeText(at),
    outcome.replace("_", " "),
  ]);
  const [head = "", ...lines] = table([["event", "type", "try", "at (UTC)", "outcome"], ...rows], "left");
  const told = lines.flatMap((line, i) => {
    const { detail = null, nextAt = null } = tries[i] ?? {};
    const said = [detail, nextAt === null ? null : `the next try is at ${timeText(nextAt)}`];
    const below = said.filter((text) => text !== null).join("; ");
    return below === "" ? [line] : [line, ...wrap(below, columns, "      ")];
  });
  return `${[head, ...told].join("\n")}\n`;
}

const timeText = (at: string): string => at.slice(0, "2026-11-30T08:00".length).replace("T", " ");

import { recordsOf } from "@brimline/store/records";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RecordFile } from "../client.ts";
import { CommandError } from "../error.ts";
import type { RecordsFlags } from "../arguments/report.ts";
import { connect } from "../service.ts";

/** So many characters of lines are written at once. */
const PIECE = 1 << 16;

export async function run(id: string, flags: RecordsFlags): Promise<number> {
  const connection = await connect(flags);
  const { client } = connection;
  try {
    const all = await client.recordFiles(id);
    const files = all.filter(({ level }) => flags.level === undefined || level === flags.level);
    if (files.length === 0) {
      const levels = [...new Set(all.map(({ level }) => level))];
      throw new CommandError(
        levels.length === 0
          ? `job ${id} has no records: none of its levels has ended, or they have expired`
          : `job ${id} has no ended level "${flags.level}", but ${levels.join(", ")}`,
      );
    }
    if (flags.parquet !== undefined) await mkdir(flags.parquet, { recursive: true });
    for (const file of files) {
      const body = await client.recordFile(id, file.file);
      if (flags.parquet === undefined) await printLines(file, body);
      else {
        const path = join(flags.parquet, file.file);
        await writeFile(path, body);
        process.stdout.write(`${path}\n`);
      }
    }
    return 0;
  } finally {
    await connection.close();
  }
}

async function printLines({ file, level, repeat, shard }: RecordFile, body: Buffer): Promise<void> {
  let lines = "";
  try {
    for (const record of recordsOf(body)) {
      lines += `${JSON.stringify({ level, repeat, shard, ...record })}\n`;
      if (lines.length < PIECE) continue;
      await print(lines);
      lines = "";
    }
  } catch (error) {
    throw new CommandError(`${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  } finally {
    // The lines before damage are whole.
    await print(lines);
  }
}

/** A reader that is slower than we are is waited for, so that lines do not pile up in memory. */
async function print(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, "drain");
}

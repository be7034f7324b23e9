import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Downloads } from "../client.ts";
import { CommandError } from "../error.ts";
import type { DownloadsFlags } from "../arguments/report.ts";
import { connect } from "../service.ts";
import { table } from "../terminal/table.ts";

export async function run(id: string, flags: DownloadsFlags): Promise<number> {
  const connection = await connect(flags);
  try {
    const downloads = await connection.client.downloads(id);
    if (flags.into === undefined) {
      process.stdout.write(
        flags.json === true ? `${JSON.stringify(downloads, null, 2)}\n` : listText(downloads),
      );
      return 0;
    }
    await mkdir(flags.into, { recursive: true });
    for (const file of downloads.files) process.stdout.write(`${await fetched(file, flags.into)}\n`);
    return 0;
  } finally {
    await connection.close();
  }
}

function listText({ files }: Downloads): string {
  if (files.length === 0) return "No file belongs to the report.\n";
  const rows = files.map(({ file, kind, bytes }) => [kind, bytes.toLocaleString("en-US"), file]);
  return `${table([["kind", "bytes", "file"], ...rows], "left").join("\n")}\n`;
}

/** Writes a file under its name once it is whole, and gives its path. */
async function fetched({ file, url, sha256 }: Downloads["files"][number], folder: string): Promise<string> {
  const path = join(folder, basename(file));
  const part = `${path}.part`;
  const hash = createHash("sha256");
  try {
    const answer = await fetch(url);
    if (!answer.ok || answer.body === null)
      throw new CommandError(`${file}: it answers ${answer.status}; the service may have removed it`);
    await pipeline(
      Readable.fromWeb(answer.body),
      async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(part),
    );
    if (hash.digest("hex") !== sha256)
      throw new CommandError(`${file}: it is not what the report was made of (another SHA-256)`);
    await rename(part, path);
    return path;
  } catch (error) {
    await rm(part, { force: true });
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

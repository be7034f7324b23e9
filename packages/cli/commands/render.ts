import { renderStored } from "@brimline/functions/local/render";
import { holderPlace } from "@brimline/lock/lock";
import type { RenderFlags } from "../arguments/report.ts";
import { CommandError, UsageError } from "../error.ts";

const SAID = {
  rendered: "is rendered",
  private: "is private and has no page",
  running: "is not published yet: its job runs",
  unreadable: "cannot be read by this version, and stays as it is",
};

export async function run(ids: string[], flags: RenderFlags): Promise<number> {
  for (const id of ids) if (!/^[a-z0-9]{20}$/.test(id)) throw new UsageError(`"${id}" is no job's id`);
  const counts = { rendered: 0, private: 0, running: 0, unreadable: 0 };
  const publicUrl = flags.publicUrl ?? holderPlace(flags.data, "service")?.url ?? "http://127.0.0.1:4870";
  const ended = await renderStored({ ...flags, publicUrl }, [...new Set(ids)], (id, rendered, done, of) => {
    counts[rendered]++;
    process.stdout.write(`${done} of ${of}: ${id} ${SAID[rendered]}\n`);
  });
  if ("missing" in ended) {
    const lacks = ended.missing.length === 0 ? "report" : `report of job ${ended.missing.join(", ")}`;
    throw new CommandError(
      `${flags.store ?? flags.data} has no ${lacks}: name the place with --data or --store`,
    );
  }
  process.stdout.write(
    `${counts.rendered} rendered, ${counts.private} private, ${counts.running} running, ${counts.unreadable} unreadable; ${ended.lists} lists rendered\n`,
  );
  return counts.unreadable > 0 ? 1 : 0;
}

import { UsageError } from "../error.ts";
import type { EditFlags } from "../arguments/job.ts";
import { connect } from "../service.ts";

export async function run(id: string, { name, tag, tags, visibility, ...flags }: EditFlags): Promise<number> {
  const wanted = tags === false ? [] : tag;
  const change = {
    ...(name !== undefined && { name }),
    ...(wanted !== undefined && { tags: wanted }),
    ...(visibility !== undefined && { visibility }),
  };
  if (Object.keys(change).length === 0)
    throw new UsageError("edit needs what changes: --name, --tag, --no-tags or --visibility");
  const connection = await connect(flags);
  try {
    const job = await connection.client.change(id, change);
    process.stdout.write(
      `${job.id}: ${job.name}; ${job.tags.length === 0 ? "no tags" : `tags ${job.tags.join(", ")}`}; ${job.visibility}\n`,
    );
    return 0;
  } finally {
    await connection.close();
  }
}

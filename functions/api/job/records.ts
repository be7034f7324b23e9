import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import type { Context } from "hono";
import { type EndedLevel, endedLevels } from "../../objects/ended-levels.ts";
import type { Service } from "../../service.ts";
import { jobOfPath } from "./job-view.ts";
import { RequestError } from "../door/problem.ts";
import type { RecordFile, RecordFiles } from "../openapi/schemas.ts";

/** `GET /v1/jobs/{id}/records` lists the files of records of all levels that have ended, in their order. */
export const listRecords =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const { id } = (await jobOfPath(service, c, "change")).spec;
    const files: RecordFile[] = [];
    for (const level of await endedLevels(service, id)) files.push(...(await filesOf(service, level)));
    return c.json({ files } satisfies RecordFiles, 200, { "cache-control": "no-cache" });
  };

/** `GET /v1/jobs/{id}/records/{file}` answers one of them, a Parquet file, as its shard wrote it. */
export const readRecords =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const { id } = (await jobOfPath(service, c, "change")).spec;
    const key = keyOf(id, c.req.param("file") ?? "");
    const object = key === null ? null : await service.data.get(key);
    if (object === null)
      throw new RequestError(
        "not_found",
        "The list of the job's records names its files. On AWS they expire.",
      );
    // A file is written once.
    return c.body(new Uint8Array(object.body), 200, {
      "content-type": "application/vnd.apache.parquet",
      "cache-control": "private, max-age=86400",
    });
  };

/** A shard that is done has left its summary after its records. */
async function filesOf(
  service: Service,
  { attemptKey, end: { plan, attempt } }: EndedLevel,
): Promise<RecordFile[]> {
  const files: RecordFile[] = [];
  for await (const key of listAll(service.data, attemptKey)) {
    const [, number] = /\/shard-(\d+)\.json$/.exec(key) ?? [];
    if (number === undefined) continue;
    files.push({
      file: `${plan.id}-r${plan.repeat}-a${attempt}-shard-${number}.parquet`,
      level: plan.id,
      role: plan.role,
      repeat: plan.repeat,
      shard: Number(number),
    });
  }
  return files;
}

/** The key of a file by its name. It is null where the name is none of ours. */
function keyOf(id: string, file: string): string | null {
  const [, level, repeat, attempt, shard] =
    /^([a-z0-9]+)-r(\d+)-a(\d+)-shard-(\d+)\.parquet$/.exec(file) ?? [];
  if (level === undefined) return null;
  return keys.records(keys.attemptKey(id, level, Number(repeat), Number(attempt)), Number(shard));
}

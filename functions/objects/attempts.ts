import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import type { Service } from "../service.ts";

/** One attempt, as the keys of a job's objects show it. */
export interface Attempt {
  /** The key prefix of its level. */
  levelKey: string;
  /** The key prefix of its objects. */
  attemptKey: string;
  attempt: number;
  /** Whether the attempt ended its level, which is so when it has a `level.json`. */
  hasEnded: boolean;
  /** The number of its shards that have left their summary. */
  shardsDone: number;
}

const ATTEMPT_KEY = /^(.+\/)a(\d+)\/([^/]+)$/;

/** All attempts of a job. The list of keys is enough, so no object is read. */
export async function attemptsOf(service: Service, jobId: string): Promise<Attempt[]> {
  const found = new Map<string, Attempt>();
  for await (const key of listAll(service.data, keys.rawPrefix(jobId))) {
    const [, levelKey = "", number = "", name = ""] = ATTEMPT_KEY.exec(key) ?? [];
    const attemptKey = key.slice(0, -name.length);
    const attempt = found.get(attemptKey) ?? {
      levelKey,
      attemptKey,
      attempt: Number(number),
      hasEnded: false,
      shardsDone: 0,
    };
    if (name === "level.json") attempt.hasEnded = true;
    if (/^shard-\d+\.json$/.test(name)) attempt.shardsDone++;
    found.set(attemptKey, attempt);
  }
  return [...found.values()];
}

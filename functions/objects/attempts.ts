import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import type { Service } from "../service.ts";

/** One attempt as the list of a job's objects shows it. */
export interface Attempt {
  /** The key prefix of its level. */
  levelKey: string;
  /** The key prefix of its objects. */
  attemptKey: string;
  attempt: number;
  /** Whether it ended its level: it has a `level.json`. */
  hasEnded: boolean;
  /** How many of its shards are done: they have left their summary. */
  shardsDone: number;
}

const ATTEMPT_KEY = /^(.+\/)a(\d+)\/([^/]+)$/;

/** All attempts of a job. It lists them, and reads none. */
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

import type { Step } from "@brimline/load/preflight/ask";
import { keys } from "@brimline/store/keys";
import { PreflightTries } from "../objects/preflight-tries.ts";
import type { Service } from "../service.ts";

/** What a job's preflight has asked, written down before it is done, so that a lost process counts too. */
export interface Tries {
  /** How many requests that count the endpoint may have got. */
  asked(): number;
  /** Writes down what preflight is about to do. It throws where another process has the job's preflight. */
  step: (step: Step) => Promise<void>;
  /** Writes down that preflight waits for nothing more. */
  done(): Promise<void>;
}

const AS_JSON = { contentType: "application/json" };

/** Opens what the preflight of a job wrote down. `beganUnixMs` is when it began to wait for its endpoint. */
export async function openTries(service: Service, jobId: string, beganUnixMs: number): Promise<Tries> {
  const key = keys.preflightTries(jobId);
  const stored = await service.data.get(key);
  let written = stored?.body.toString("utf8") ?? null;
  let tries: PreflightTries =
    written === null
      ? { schema: "brimline.preflight-tries/1", sent: 0, uncounted: 0, waiting: null }
      : PreflightTries.parse(JSON.parse(written));

  /** Replaces only what this process wrote, or found when it began. */
  const replace = async (body: string): Promise<boolean> => {
    const now = await service.data.get(key);
    if (now === null || now.body.toString("utf8") !== written) return false;
    return service.data.replace(key, body, now.etag, AS_JSON);
  };
  const write = async (change: Partial<PreflightTries>): Promise<void> => {
    tries = { ...tries, ...change };
    const body = JSON.stringify(tries);
    const isOurs = written === null ? await service.data.create(key, body, AS_JSON) : await replace(body);
    if (!isOurs) throw new Error(`Preflight of ${jobId} is done by another process.`);
    written = body;
  };

  return {
    asked: () => tries.sent - tries.uncounted,
    async step({ waitsFor, atMostMs, said, isUncounted }) {
      const sinceUnixMs = waitsFor === "endpoint" ? beganUnixMs : service.now();
      await write({
        sent: tries.sent + (waitsFor === "answer" ? 1 : 0),
        uncounted: tries.uncounted + (isUncounted === true ? 1 : 0),
        waiting: {
          waitsFor,
          since: new Date(sinceUnixMs).toISOString(),
          until: new Date(service.now() + atMostMs).toISOString(),
          said,
        },
      });
    },
    done: () => write({ waiting: null }),
  };
}

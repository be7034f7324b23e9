import { BrimlineError } from "@brimline/core/error";
import type { SampledSource } from "@brimline/core/record/telemetry/sample";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Server } from "./server.ts";

/** Who this agent is to one server. It is kept in `<spool>/agent.json`, which only its owner can read. */
export const Enrolment = z.object({
  id: z.string().regex(/^[a-z0-9]{20}$/),
  token: z.string().min(1).max(500),
  server: z.string(),
});
export type Enrolment = z.infer<typeof Enrolment>;

const Enrolled = Enrolment.omit({ server: true });

interface EnrolOptions {
  server: Server;
  folder: string;
  about: { name: string; host: string; sources: SampledSource[] };
  /** The service's key. Only enrolling needs it. */
  key: string | null;
  /** The name of the environment variable that the key comes from, for the error message. */
  keyName: string;
  log: (line: string) => void;
}

/**
 * The enrolment that was kept for this server, or a new one. It throws BrimlineError `unreachable` or
 * `unauthorized`.
 */
export async function enrol(options: EnrolOptions): Promise<Enrolment> {
  const { server, folder, log } = options;
  const kept = await readKept(folder);
  if (kept !== null && kept.server === server.url) {
    if (await isKnown(server, kept, log)) return kept;
    log(`${server.url} does not know agent ${kept.id} any more; enrolling anew`);
  }
  const { status, body } = await server.post("/v1/agents", options.about, options.key);
  if (status === 401 || status === 403) {
    throw new BrimlineError(
      "unauthorized",
      `${server.url} wants ${options.key === null ? "a key" : "another key"} to enrol an agent: put the service's key into the environment variable ${options.keyName}, or name another one with --key-env.`,
    );
  }
  const enrolled = Enrolled.safeParse(body);
  if (status !== 201 || !enrolled.success)
    throw new BrimlineError(
      "internal",
      `${server.url} answered ${status} to the enrolment; is it a brimline service of this version?`,
    );
  const enrolment = { ...enrolled.data, server: server.url };
  await keep(folder, enrolment);
  return enrolment;
}

/**
 * Whether the server accepts the kept token, by an empty request. A server that cannot be reached counts as
 * one that knows the agent: samples wait in the spool meanwhile.
 */
async function isKnown(server: Server, enrolment: Enrolment, log: (line: string) => void): Promise<boolean> {
  try {
    const { status } = await server.post(
      `/v1/agents/${enrolment.id}/segments`,
      { segments: [] },
      enrolment.token,
    );
    return ![401, 403, 404].includes(status);
  } catch (error) {
    log(
      `${error instanceof Error ? error.message : String(error)} The agent samples anyway, and segments wait in the spool.`,
    );
    return true;
  }
}

async function readKept(folder: string): Promise<Enrolment | null> {
  try {
    return Enrolment.parse(JSON.parse(await readFile(join(folder, "agent.json"), "utf8")));
  } catch {
    return null;
  }
}

async function keep(folder: string, enrolment: Enrolment): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, "agent.json");
  await writeFile(`${path}.new`, JSON.stringify(enrolment), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

import { BrimlineError } from "@brimline/core/error";
import { Agent, Client, type Dispatcher, request } from "undici";

/** The service as the agent reaches it. */
export interface Server {
  /** The service's URL without a slash at the end. */
  url: string;
  /** POSTs JSON. It throws BrimlineError `unreachable` when nothing answers. */
  post(path: string, body: unknown, bearer: string | null): Promise<{ status: number; body: unknown }>;
  /** PUTs bytes to any URL and gives the status. */
  put(url: string, headers: Record<string, string>, body: Buffer): Promise<number>;
  /**
   * Makes a clock probe. Probes have a connection of their own, because one that waits behind an upload would
   * measure the upload.
   */
  probe(bearer: string): Promise<{ sentMs: number; headersMs: number; body: unknown }>;
  close(): Promise<void>;
}

const TIMEOUTS = { headersTimeout: 10_000, bodyTimeout: 10_000 };
const CONNECT = { connect: { timeout: 5000 }, allowH2: false };
const ANSWER_MAX_BYTES = 1024 * 1024;

export function connectTo(url: string): Server {
  const base = new URL(url);
  const agent = new Agent({ ...TIMEOUTS, ...CONNECT, maxResponseSize: ANSWER_MAX_BYTES });
  const client = new Client(base.origin, {
    ...TIMEOUTS,
    ...CONNECT,
    pipelining: 1,
    maxResponseSize: ANSWER_MAX_BYTES,
  });
  const root = base.href.replace(/\/+$/, "");
  return {
    url: root,
    post: async (path, body, bearer) => {
      const answer = await request(`${root}${path}`, { dispatcher: agent, ...jsonPost(body, bearer) }).catch(
        (error: unknown) => {
          throw new BrimlineError(
            "unreachable",
            `Nothing answers at ${root} (${reasonOf(error)}). Is \`brimline serve\` running there, and --server right?`,
            {
              cause: error,
            },
          );
        },
      );
      return { status: answer.statusCode, body: await bodyOf(answer) };
    },
    put: async (to, headers, body) => {
      const answer = await request(to, { dispatcher: agent, method: "PUT", headers, body });
      await answer.body.dump();
      return answer.statusCode;
    },
    probe: async (bearer) => {
      const path = `${base.pathname.replace(/\/+$/, "")}/v1/time`;
      const sentMs = performance.now();
      const answer = await client.request({ path, ...jsonPost({}, bearer) });
      const headersMs = performance.now();
      return { sentMs, headersMs, body: await bodyOf(answer) };
    },
    close: async () => {
      await Promise.all([agent.destroy(), client.destroy()]);
    },
  };
}

const jsonPost = (body: unknown, bearer: string | null) => ({
  method: "POST" as const,
  headers: {
    "content-type": "application/json",
    ...(bearer !== null && { authorization: `Bearer ${bearer}` }),
  },
  body: JSON.stringify(body),
});

async function bodyOf(answer: Dispatcher.ResponseData): Promise<unknown> {
  const text = await answer.body.text();
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The innermost cause of an error, which names the reason, such as ECONNREFUSED or ENOTFOUND. */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
};

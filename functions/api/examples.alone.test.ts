import { hasEnded, type JobState } from "@brimline/core/job/job";
import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import {
  type Described,
  described,
  exampleOf,
  lacks,
  type OpenApiDocument,
} from "@brimline/testkit/functions/described";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalService, startLocalService } from "../local.ts";
import { SCHEMAS } from "./schemas.ts";

/**
 * The example of every operation is sent to a whole service. What the examples name is made there first, by the
 * examples that make something, and then stands in the place of their ids. An operation that is new is found in the
 * document, so it needs no line here.
 */

const receiver = createServer((_, response) => response.writeHead(204).end());
let dataDir = "";
let endpoint: Awaited<ReturnType<typeof startEndpoint>>;
let service: LocalService;
let operations: Described[];
/** What stands in examples, and what stands for it here. */
const here = new Map<string, string>();
let agentToken = "";

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "brimline-examples-"));
  await once(receiver.listen(0, "127.0.0.1"), "listening");
  endpoint = await startEndpoint({ preset: PRESETS.quick });
  service = await startLocalService({ port: 0, dataDir, certify: false });
  operations = described(
    (await (await fetch(new URL("/openapi.json", service.url))).json()) as OpenApiDocument,
  );
  const { port } = receiver.address() as AddressInfo;
  here.set("https://example.com", `http://127.0.0.1:${port}`);
  here.set("http://127.0.0.1:8000/v1", endpoint.url);
  here.set("llama-3.1-8b", "sim-quick");
});
afterAll(async () => {
  await service.close();
  await endpoint.close();
  receiver.close();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

const named = (operationId: string): Described => {
  const found = operations.find((operation) => operation.operationId === operationId);
  if (found === undefined) throw new Error(`the document has no ${operationId}`);
  return found;
};
const placed = (text: string): string =>
  [...here].reduce((placing, [example, real]) => placing.replaceAll(example, real), text);

interface Answered {
  status: number;
  type: string;
  text: string;
}

async function send(operation: Described, headers: Record<string, string> = {}): Promise<Answered> {
  const { path, init } = exampleOf(operation);
  const isSegment = init.headers["content-type"] === "application/gzip";
  const isAgents = operation.security.some((scheme) => "agentToken" in scheme);
  const response = await fetch(new URL(placed(path), service.url), {
    ...init,
    headers: { ...init.headers, ...(isAgents && { authorization: `Bearer ${agentToken}` }), ...headers },
    ...(init.body !== undefined && { body: placed(init.body) }),
    ...(isSegment && { body: gzipSync("{}\n") }),
  });
  return {
    status: response.status,
    type: (response.headers.get("content-type") ?? "").split(";")[0] ?? "",
    text: await response.text(),
  };
}

/** What is wrong with an answer by the document, in a sentence. It is null where nothing is. */
function wrongWith({ operationId, responses }: Described, { status, type, text }: Answered): string | null {
  const answer = responses[status];
  if (status >= 300 || answer === undefined)
    return `${operationId} answered its example with ${status} ${text}`;
  const content = answer.content?.[type];
  if (content === undefined)
    return answer.content === undefined
      ? null
      : `${operationId} answered ${type}, which is not in the document`;
  const name = content.schema.$ref?.split("/").at(-1) ?? "";
  if (!Object.hasOwn(SCHEMAS, name)) return null;
  const parsed = SCHEMAS[name as keyof typeof SCHEMAS].safeParse(JSON.parse(text));
  return parsed.success ? null : `${operationId} answered what is no ${name}: ${parsed.error.message}`;
}

/** The collection that an operation adds to, such as `/v1/jobs`; null for every other operation. */
const collectionOf = ({ method, path, responses }: Described): string | null =>
  method === "POST" && !path.includes("{") && ("201" in responses || "202" in responses) ? path : null;

/** Puts what an example has made in the place of the id by which other examples name it. */
function place(operation: Described, { text }: Answered): void {
  const made = JSON.parse(text) as { id: string; token?: string };
  const user = operations.find(({ path }) => path.startsWith(`${collectionOf(operation)}/{id}`));
  const example = user?.parameters?.find(({ name }) => name === "id")?.example;
  if (example !== undefined) here.set(String(example), made.id);
  if (operation.operationId === "enrolAgent") agentToken = made.token ?? "";
}

async function ended(id: string): Promise<void> {
  for (;;) {
    const job = (await (await fetch(new URL(`/v1/jobs/${id}`, service.url))).json()) as { state: JobState };
    if (hasEnded(job.state)) return;
    await sleep(200);
  }
}

const submitAnew = async (key: string): Promise<string> =>
  (JSON.parse((await send(named("submitJob"), { "idempotency-key": key })).text) as { id: string }).id;

test("every operation's example has all that the operation needs", () => {
  expect(operations.flatMap(lacks)).toEqual([]);
});

test(
  "the example of every operation gets the answer that the document says",
  { timeout: 120_000 },
  async () => {
    const wrong: (string | null)[] = [];
    const tell = (operation: Described, answered: Answered): void => {
      wrong.push(wrongWith(operation, answered));
    };
    const makers = operations.filter((operation) => collectionOf(operation) !== null);
    expect(makers.map(({ operationId }) => operationId)).toContain("submitJob");
    const baseline = await submitAnew("baseline");
    for (const maker of makers) {
      const answered = await send(maker);
      tell(maker, answered);
      if (answered.status < 300) place(maker, answered);
    }
    const compared = exampleOf(named("compareReports")).init.body ?? "{}";
    here.set((JSON.parse(compared) as { a: string }).a, baseline);
    const job =
      placed(exampleOf(named("readJob")).path)
        .split("/")
        .at(-1) ?? "";
    await Promise.all([ended(baseline), ended(job)]);

    const others = operations.filter(
      (operation) => !makers.includes(operation) && operation.operationId !== "cancelJob",
    );
    // What an example removes is needed by the others.
    for (const operation of others.toSorted(
      (a, b) => Number(a.method === "DELETE") - Number(b.method === "DELETE"),
    ))
      tell(operation, await send(operation));

    // Only a job that has not ended can be cancelled.
    here.set(job, await submitAnew("to be cancelled"));
    tell(named("cancelJob"), await send(named("cancelJob")));
    expect(wrong.filter((sentence) => sentence !== null)).toEqual([]);
    expect(wrong.length).toBe(operations.length);
  },
);

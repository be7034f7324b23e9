import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { type Described, lacks } from "@brimline/testkit/functions/described";
import { type Answered, type Examples, examplesAt } from "@brimline/testkit/functions/examples";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalService, startLocalService } from "../../local.ts";
import { SCHEMAS } from "./schemas.ts";

/**
 * The example of every operation is sent to a whole service. A new operation is found in the document, so it needs
 * no line here.
 */

const KEY = "an-admin-key-for-examples";
const receiver = createServer((_, response) => response.writeHead(204).end());
let dataDir = "";
let endpoint: Awaited<ReturnType<typeof startEndpoint>>;
let service: LocalService;
let examples: Examples;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "brimline-examples-"));
  await once(receiver.listen(0, "127.0.0.1"), "listening");
  endpoint = await startEndpoint({ preset: PRESETS.quick });
  service = await startLocalService({ port: 0, dataDir, certify: false, adminKey: KEY });
  examples = await examplesAt({
    serviceUrl: service.url,
    endpointUrl: endpoint.url,
    receiverUrl: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`,
    model: "sim-quick",
    key: KEY,
  });
});
afterAll(async () => {
  await service.close();
  await endpoint.close();
  receiver.close();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

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

test("every operation's example has all that the operation needs", () => {
  expect(examples.operations.flatMap(lacks)).toEqual([]);
});

test(
  "the example of every operation gets the answer that the document says",
  { timeout: 120_000 },
  async () => {
    const { operations, makers, named, send } = examples;
    const wrong = (await examples.make())
      .entries()
      .map(([maker, answered]) => wrongWith(maker, answered))
      .toArray();
    const cancel = named("cancelJob");
    const others = operations.filter((operation) => !makers.includes(operation) && operation !== cancel);
    // What an example removes is needed by the others.
    for (const operation of others.toSorted(
      (a, b) => Number(a.method === "DELETE") - Number(b.method === "DELETE"),
    ))
      wrong.push(wrongWith(operation, await send(operation)));
    // Only a job that has not ended can be cancelled.
    await examples.renew();
    wrong.push(wrongWith(cancel, await send(cancel)));
    expect(wrong.filter((sentence) => sentence !== null)).toEqual([]);
    expect(wrong.length).toBe(operations.length);
  },
);

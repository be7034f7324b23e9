import { PRESETS } from "@brimline/sim/presets";
import { keys } from "@brimline/store/keys";
import type { ObjectStore } from "@brimline/store/store";
import type { ScheduleState } from "@brimline/functions/objects/schedule";
import type { Described } from "@brimline/testkit/functions/described";
import { examplesAt } from "@brimline/testkit/functions/examples";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ADMIN_KEY, startRehearsal } from "./cost/rehearse.ts";
import { forbidden } from "./permitted.ts";

const MINUTE_MS = 60_000;
/** On AWS metrics are CloudWatch's, and links of downloads lead to S3. */
const ELSEWHERE = new Set(["readMetrics", "readDownload"]);

/**
 * Sends the example of every operation to the deployment in one process, and lets its timer run after them. It gives
 * what was not answered, and what functions asked of objects that their rows do not allow: on AWS that is a 403, which
 * nothing here would show. It is null where VersityGW cannot be had.
 */
export async function routeFaults(): Promise<string[] | null> {
  await using running = new AsyncDisposableStack();
  const started = await startRehearsal(running, {
    preset: PRESETS.quick,
    options: { leadMs: 2000, usersPerShard: 250, concurrency: 20, sweepEveryMs: 1000 },
  });
  if (started === null) return null;
  const { proxy, endpoint, service, data } = started;
  const receiver = createServer((_, response) => response.writeHead(204).end());
  await once(receiver.listen(0, "127.0.0.1"), "listening");
  running.defer(() => void receiver.close());
  const { operations, makers, named, send, make, renew } = await examplesAt({
    serviceUrl: service.url,
    endpointUrl: endpoint.url,
    receiverUrl: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`,
    model: PRESETS.quick.model,
    key: ADMIN_KEY,
  });
  const answers = (await make()).entries().toArray();
  const cancel = named("cancelJob");
  const others = operations.filter((operation) => !makers.includes(operation) && operation !== cancel);
  const sendAll = async (some: Described[]): Promise<void> => {
    for (const operation of some) answers.push([operation, await send(operation)]);
  };
  await sendAll(others.filter(({ method }) => method !== "DELETE"));
  // A caller with limits has an account, which the submissions of the API and of the timer write.
  const made = answers.find(([{ operationId }]) => operationId === "addKey")?.[1].text ?? "{}";
  const { key } = JSON.parse(made) as { key: string };
  const headers = { authorization: `Bearer ${key}`, "idempotency-key": "caller" };
  for (const operation of ["submitJob", "listJobs", "readUsage", "addSchedule"].map(named)) {
    const answer = await send(operation, headers);
    answers.push([operation, answer]);
    if (operation.operationId === "addSchedule")
      await makeDue(data, (JSON.parse(answer.text) as { id: string }).id);
  }
  await makeDue(data, (JSON.parse((await send(named("readSchedule"))).text) as { id: string }).id);
  await service.count("sweep");
  const { last } = JSON.parse((await send(named("readSchedule"))).text) as { last: unknown };
  // What these examples remove was needed by the others.
  await sendAll(others.filter(({ method }) => method === "DELETE"));
  // The job that was deleted is erased, and the one that was changed is published anew.
  await service.count("sweep");
  await renew();
  answers.push([cancel, await send(cancel)]);
  await service.count("end");
  await service.count("sweep");
  const unanswered = answers
    .filter(([{ operationId }, { status }]) => status >= 300 && !ELSEWHERE.has(operationId))
    .map(([{ operationId }, { status, text }]) => `${operationId} answered ${status} ${text}`);
  return [
    ...unanswered,
    ...(last === null ? ["the timer did not submit the job of a schedule that was due"] : []),
    ...forbidden(proxy.take().touched),
  ];
}

/** Lets a schedule be due now. */
async function makeDue(data: ObjectStore, id: string): Promise<void> {
  const dueMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const state: ScheduleState = {
    schema: "brimline.schedule-state/1",
    nextAt: new Date(dueMs).toISOString(),
    last: null,
    missed: [],
  };
  await data.put(keys.scheduleState(id), JSON.stringify(state));
  await data.put(keys.due(dueMs, id), JSON.stringify({ id }));
}

if (import.meta.main) console.log(await routeFaults());

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { putObject } from "../../objects/object.ts";
import { createApp } from "../app.ts";
import { JOB, portsOf, testbed, type Testbed, typeOf } from "@brimline/testkit/functions/testbed";

const SECRET = `whsec_${Buffer.from("a secret of thirty-two bytes....").toString("base64")}`;

/** A receiver that answers with each status in turn, and the webhook-ids that it received. */
async function receiver(statuses: number[]): Promise<{ url: string; ids: unknown[] }> {
  const ids: unknown[] = [];
  const server = createServer((request, response) => {
    response.writeHead(statuses[ids.length] ?? 204).end();
    ids.push(request.headers["webhook-id"]);
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, ids };
}

async function ended(bed: Testbed, webhook?: object): Promise<string> {
  const id = String(
    (await bed.send("POST", "/v1/jobs", { ...JOB, ...(webhook !== undefined && { webhook }) })).json?.["id"],
  );
  const links = { self: "", events: "", cancel: "", report: null, page: null, comparison: null };
  const body = {
    type: "job.completed",
    timestamp: "2026-05-01T12:00:00Z",
    data: { jobId: id, state: "completed", verdict: null, level: null, headline: {}, links },
  };
  await putObject(bed.service.data, `events/${id}/0003-job.completed.json`, {
    schema: "brimline.event/1",
    id: "e",
    sequence: 3,
    type: "job.completed",
    body,
  });
  return id;
}

test("a redelivery sends the same webhook-id again, answers how it went and is in the list", async () => {
  const bed = await testbed();
  const { url, ids } = await receiver([503, 204]);
  const id = await ended(bed, { url, secret: SECRET });
  const failed = await bed.send("POST", `/v1/jobs/${id}/deliveries/3/redeliver`);
  expect([failed.status, failed.json]).toEqual([
    200,
    expect.objectContaining({
      sequence: 3,
      type: "job.completed",
      tries: 1,
      outcome: "failed",
      status: 503,
    }),
  ]);
  const sent = await bed.send("POST", `/v1/jobs/${id}/deliveries/3/redeliver`);
  expect(sent.json).toMatchObject({ tries: 2, outcome: "delivered", status: 204 });
  expect(ids).toHaveLength(2);
  expect(ids[0]).toBe(ids[1]);
  const { json } = await bed.send("GET", `/v1/jobs/${id}/deliveries`);
  expect(json?.["deliveries"]).toEqual([failed.json, sent.json]);
  expect(JSON.stringify(json)).not.toContain(SECRET);
});

test("a redelivery is 409 while another one is being made, and does not show the try before", async () => {
  const bed = await testbed();
  const id = await ended(bed, { url: (await receiver([503])).url, secret: SECRET });
  await bed.send("POST", `/v1/jobs/${id}/deliveries/3/redeliver`);
  const busy = createApp(bed.service, { ...portsOf(bed.service), redeliver: async () => {} });
  expect((await busy.request(`/v1/jobs/${id}/deliveries/3/redeliver`, { method: "POST" })).status).toBe(409);
});

test("a redelivery is refused when the webhook does not ask for the event or there is no such event", async () => {
  const bed = await testbed();
  const { url, ids } = await receiver([]);
  const without = await ended(bed);
  const conflict = await bed.send("POST", `/v1/jobs/${without}/deliveries/3/redeliver`);
  expect([conflict.status, typeOf(conflict)]).toEqual([409, "conflict"]);
  const id = await ended(bed, { url, secret: SECRET });
  for (const n of ["4", "0", "x", "99999"])
    expect((await bed.send("POST", `/v1/jobs/${id}/deliveries/${n}/redeliver`)).status).toBe(404);
  expect((await bed.send("GET", `/v1/jobs/${"a".repeat(20)}/deliveries`)).status).toBe(404);
  expect((await bed.send("GET", `/v1/jobs/${id}/deliveries`)).json).toEqual({ deliveries: [] });
  expect(ids).toEqual([]);
});

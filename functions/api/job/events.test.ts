import { serve } from "@hono/node-server";
import type { EventType } from "@brimline/core/codes";
import { Hono } from "hono";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { type EventObject } from "../../objects/event.ts";
import { putObject } from "../../objects/object.ts";
import { streamEvents } from "./events.ts";
import { JOB, setState, type Testbed, testbed } from "@brimline/testkit/functions/testbed";

interface Message {
  event: string;
  id: string | null;
  data: Record<string, unknown>;
}

async function listening(app: { fetch: Testbed["app"]["fetch"] }): Promise<string> {
  const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
  onTestFinished(() => void server.close());
  if (!server.listening) await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/**
 * All messages of a stream until it ends or `enough` is true. A comment counts as a message with the name
 * ":".
 */
async function read(
  url: string,
  headers: Record<string, string> = {},
  enough: (messages: Message[]) => boolean = () => false,
): Promise<Message[]> {
  const over = new AbortController();
  const response = await fetch(url, { headers, signal: over.signal });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const messages: Message[] = [];
  let text = "";
  for await (const piece of (response.body ?? expect.fail()).pipeThrough(new TextDecoderStream())) {
    text += piece;
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    messages.push(...blocks.map(messageOf));
    if (enough(messages)) break;
  }
  over.abort();
  return messages;
}

function messageOf(block: string): Message {
  if (block.startsWith(":")) return { event: ":", id: null, data: {} };
  const field = (name: string): string | null => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] ?? null;
  return { event: field("event") ?? "", id: field("id"), data: JSON.parse(field("data") ?? "") };
}

const addEvent = async (
  { service }: Testbed,
  id: string,
  sequence: number,
  type: EventType,
): Promise<void> => {
  const links = { self: "", events: "", cancel: "", report: null, page: null, comparison: null };
  const body = {
    type,
    timestamp: "2026-05-01T12:00:00Z",
    data: {
      jobId: id,
      state: "running" as const,
      verdict: null,
      comparison: null,
      level: null,
      headline: {},
      links,
    },
  };
  await putObject(service.data, `events/${id}/${String(sequence).padStart(4, "0")}-${type}.json`, {
    schema: "brimline.event/1",
    id: `evt_${sequence}`,
    sequence,
    type,
    body,
  } satisfies EventObject);
};

async function submitted(): Promise<{ bed: Testbed; id: string; url: string }> {
  const bed = await testbed();
  const id = String((await bed.send("POST", "/v1/jobs", JOB)).json?.["id"]);
  return { bed, id, url: `${await listening(bed.app)}/v1/jobs/${id}/events` };
}
const named = (messages: Message[]): [string, string | null][] =>
  messages.filter(({ event }) => event !== "progress").map(({ event, id }) => [event, id]);

test("a stream carries progress while the job runs and each event once in order, and ends with the job", async () => {
  const { bed, id, url } = await submitted();
  const following = read(url);
  await sleep(60);
  await addEvent(bed, id, 1, "job.started");
  await setState(bed, id, "running");
  await sleep(120);
  await addEvent(bed, id, 2, "level.completed");
  await addEvent(bed, id, 3, "job.completed");
  await setState(bed, id, "completed");
  const messages = await following;
  expect(named(messages)).toEqual([
    ["job.started", "1"],
    ["level.completed", "2"],
    ["job.completed", "3"],
  ]);
  const states = messages.filter(({ event }) => event === "progress").map(({ data }) => data["state"]);
  expect(states[0]).toBe("queued");
  expect(states.filter((state) => state === "queued")).toHaveLength(1);
  expect(states.filter((state) => state === "running").length).toBeGreaterThan(2);
  expect(states.at(-1)).toBe("completed");
  expect(messages.at(-1)?.event).toBe("progress");
  expect(messages.find(({ event }) => event === "job.completed")?.data).toMatchObject({
    type: "job.completed",
    data: { jobId: id },
  });
});

test("a reader that comes back gets only what it missed", async () => {
  const { bed, id, url } = await submitted();
  await addEvent(bed, id, 1, "job.started");
  await addEvent(bed, id, 2, "level.completed");
  await setState(bed, id, "running");
  const first = await read(url, {}, (messages) => named(messages).length === 2);
  await addEvent(bed, id, 3, "level.completed");
  await addEvent(bed, id, 4, "job.partial");
  await setState(bed, id, "partial");
  const rest = await read(url, { "last-event-id": named(first).at(-1)?.[1] ?? "" });
  expect(named(rest)).toEqual([
    ["level.completed", "3"],
    ["job.partial", "4"],
  ]);
});

test("a stream that may not last longer ends between two events, and its reader comes back for the rest", async () => {
  const bed = await testbed({ eventsMaxMs: 150 });
  const id = String((await bed.send("POST", "/v1/jobs", JOB)).json?.["id"]);
  const url = `${await listening(bed.app)}/v1/jobs/${id}/events`;
  await addEvent(bed, id, 1, "job.started");
  await setState(bed, id, "running");
  const beganMs = performance.now();
  const first = await read(url);
  expect(performance.now() - beganMs).toBeLessThan(5000);
  expect(named(first)).toEqual([["job.started", "1"]]);
  expect(first.at(-1)?.data["state"]).toBe("running");
  await addEvent(bed, id, 2, "job.completed");
  await setState(bed, id, "completed");
  expect(named(await read(url, { "last-event-id": "1" }))).toEqual([["job.completed", "2"]]);
});

test("a reader that has seen the end gets 204, which stops an EventSource, and a new reader gets every event", async () => {
  const { bed, id, url } = await submitted();
  await addEvent(bed, id, 1, "job.rejected");
  await setState(bed, id, "rejected");
  expect((await fetch(url, { headers: { "last-event-id": "1" } })).status).toBe(204);
  expect(named(await read(url))).toEqual([["job.rejected", "1"]]);
  expect(named(await read(url, { "last-event-id": "nonsense" }))).toEqual([["job.rejected", "1"]]);
});

test("a silent stream is kept open by comments", async () => {
  const { bed, id } = await submitted();
  const app = new Hono().get("/v1/jobs/:id/events", streamEvents(bed.service, console.error, undefined, 50));
  const url = `${await listening(app)}/v1/jobs/${id}/events`;
  const messages = await read(url, {}, (messages) => messages.length >= 4);
  expect(messages.map(({ event }) => event)).toEqual(["progress", ":", ":", ":"]);
});

test("a reader that leaves ends its stream", async () => {
  const { bed, id, url } = await submitted();
  await setState(bed, id, "running");
  let looks = 0;
  const list = bed.service.data.list.bind(bed.service.data);
  bed.service.data.list = (...args) => {
    looks++;
    return list(...args);
  };
  await read(url, {}, (messages) => messages.length > 2);
  await sleep(100);
  const then = looks;
  await sleep(200);
  expect(looks).toBe(then);
});

test("events of a job that does not exist are 404", async () => {
  const bed = await testbed();
  expect((await bed.send("GET", `/v1/jobs/${"a".repeat(20)}/events`)).status).toBe(404);
});

import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { workshop } from "@brimline/testkit/functions/workshop";
import type { SpawnedService } from "@brimline/testkit/functions/workshop";

/** A job tells its webhook of every end, and whoever has the secret can check that the message is ours. */
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
interface Told {
  id: string;
  answered: number;
  body: { type: string; data: { jobId: string; state: string; links: { page: string | null } } };
}
const told: Told[] = [];
/** The number of answers of 503 before each message is accepted. */
let refusals = 0;
const receiver = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => {
    const verified = new Webhook(SECRET).verify(
      Buffer.concat(pieces),
      request.headers as Record<string, string>,
    );
    const answered = refusals-- > 0 ? 503 : 200;
    told.push({ id: String(request.headers["webhook-id"]), answered, body: verified as Told["body"] });
    response.writeHead(answered).end();
  });
});

const shop = workshop();
let service: SpawnedService;
let endpoint: Awaited<ReturnType<typeof startEndpoint>>;
beforeAll(async () => {
  endpoint = await startEndpoint({ preset: PRESETS.quick });
  await once(receiver.listen(0, "127.0.0.1"), "listening");
  service = await shop.service(await shop.folder(), { webhookRetryS: [1, 2] });
});
afterAll(async () => {
  await shop.close();
  await endpoint.close();
  receiver.close();
});

const submit = (more: object) =>
  service.submit({
    endpoint: { url: endpoint.url, model: "sim-quick" },
    workload: { inputTokens: 16, outputTokens: 8 },
    levels: [2],
    stop: { durationS: 1 },
    webhook: { url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`, secret: SECRET },
    ...more,
  });
const messagesOf = (jobId: string): Told[] => told.filter(({ body }) => body.data.jobId === jobId);
const untilTaken = (jobId: string): Promise<void> =>
  expect
    .poll(() => messagesOf(jobId).filter(({ answered }) => answered === 200).length, {
      timeout: 180_000,
      interval: 50,
    })
    .toBe(1);

describe("the webhook is told once, signed,", () => {
  test(
    "when a job was rejected, though its receiver answered 503 twice, with the same id each time",
    { timeout: 180_000 },
    async () => {
      refusals = 2;
      const { id } = await submit({ endpoint: { url: endpoint.url, model: "no-such-model" } });
      await untilTaken(id);
      const messages = messagesOf(id);
      expect(messages.map(({ answered }) => answered)).toEqual([503, 503, 200]);
      expect(new Set(messages.map((message) => message.id)).size).toBe(1);
      for (const { body } of messages)
        expect([body.type, body.data.state, body.data.links.page]).toEqual([
          "job.rejected",
          "rejected",
          null,
        ]);
      const outcomes = async (): Promise<string[]> => {
        const { deliveries } = (await (await service.get(`/v1/jobs/${id}/deliveries`)).json()) as {
          deliveries: { outcome: string }[];
        };
        return deliveries.map(({ outcome }) => outcome);
      };
      await expect.poll(outcomes, { timeout: 30_000 }).toEqual(["failed", "failed", "delivered"]);
    },
  );

  test(
    "when a job was cancelled, and its page says so and shows the ended level",
    { timeout: 180_000 },
    async () => {
      const { id } = await submit({ levels: [2, 5], stop: { durationS: 2 } });
      await service.until(id, ({ progress }) => progress.levelId === "l02" && progress.inFlight > 0);
      await service.cancel(id);
      await untilTaken(id);
      expect(messagesOf(id).map(({ body }) => [body.type, body.data.state])).toEqual([
        ["job.cancelled", "cancelled"],
      ]);
      const job = await service.job(id);
      const page = await (await service.get(String(job.links.page))).text();
      expect(page).toMatch(/cancelled/i);
      expect(page).toMatch(/2 users/);
    },
  );
});
